import os
import time

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

SOURCE = os.environ["SOURCE"]
TARGET = os.environ["TARGET"]
KEPT = pika.BasicProperties(delivery_mode=2)


def on_order(channel, method, _properties, body):
    """Returns when the broker has confirmed the publish; raises when it refused it."""
    try:
        channel.basic_publish("", TARGET, body, KEPT)
    except (NackError, UnroutableError):
        channel.basic_nack(method.delivery_tag, requeue=True)
    else:
        channel.basic_ack(method.delivery_tag)


while True:
    try:
        connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(SOURCE, on_order)
        channel.start_consuming()
    except (AMQPError, OSError):
        time.sleep(0.05)
