import json
import os

import pika
from pika.exceptions import UnroutableError

OUTBOX, SHIP, STRAYS, CAUGHT, UNROUTABLE = (
    os.environ[name] for name in ("OUTBOX", "SHIP", "STRAYS", "CAUGHT", "UNROUTABLE")
)

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.exchange_declare(STRAYS, "fanout", durable=True)
channel.queue_declare(CAUGHT, durable=True)
channel.queue_bind(CAUGHT, STRAYS)
channel.exchange_declare(SHIP, "direct", durable=True, arguments={"alternate-exchange": STRAYS})
for queue, addressees in json.loads(os.environ["ROUTES"]).items():
    channel.queue_declare(queue, durable=True)
    for to in addressees:
        channel.queue_bind(queue, SHIP, to)


def on_letter(channel, method, properties, body):
    kept = pika.BasicProperties(delivery_mode=2, headers=properties.headers)
    try:
        channel.basic_publish(SHIP, properties.headers["to"], body, kept, mandatory=True)
    except UnroutableError:
        channel.basic_publish("", UNROUTABLE, body, kept, mandatory=True)
    channel.basic_ack(method.delivery_tag)


channel.basic_consume(OUTBOX, on_letter)
channel.start_consuming()
