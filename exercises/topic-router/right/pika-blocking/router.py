import json
import os
import time

import pika
from pika.exceptions import AMQPError

EVENTS = os.environ["EVENTS"]
REPORTS = os.environ["REPORTS"]
SUBSCRIPTIONS = json.loads(os.environ["SUBSCRIPTIONS"])
STRAYS = "strays"
KEPT = pika.BasicProperties(delivery_mode=2)


def build(channel):
    """Declaring again what is there changes nothing, so this may run at every start."""
    channel.exchange_declare(STRAYS, "fanout", durable=True)
    channel.queue_declare(STRAYS, durable=True)
    channel.queue_bind(STRAYS, STRAYS)
    channel.exchange_declare(EVENTS, "topic", durable=True, arguments={"alternate-exchange": STRAYS})
    for queue, patterns in SUBSCRIPTIONS.items():
        channel.queue_declare(queue, durable=True)
        for pattern in patterns:
            channel.queue_bind(queue, EVENTS, pattern)


def on_stray(channel, method, _properties, body):
    report = json.dumps({"key": method.routing_key, "body": body.decode()})
    channel.basic_publish("", REPORTS, report.encode(), KEPT)
    channel.basic_ack(method.delivery_tag)


while True:
    try:
        connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
        channel = connection.channel()
        build(channel)
        channel.confirm_delivery()
        channel.basic_publish("", REPORTS, b"ready")
        channel.basic_qos(prefetch_count=5)
        channel.basic_consume(STRAYS, on_stray)
        channel.start_consuming()
    except (AMQPError, OSError):
        time.sleep(0.05)
