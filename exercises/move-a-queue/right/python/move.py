import os

import pika

EXCHANGE, SPARE = os.environ["EXCHANGE"], os.environ["SPARE"]
OLD, NEW = os.environ["OLD"], os.environ["NEW"]
KEYS = os.environ["KEYS"].split(",")

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.confirm_delivery()
channel.queue_declare(NEW, durable=True, arguments={"x-max-priority": int(os.environ["LEVELS"])})
channel.queue_bind(NEW, SPARE, "")
for key in KEYS:
    channel.queue_unbind(OLD, EXCHANGE, key)
while True:
    method, properties, body = channel.basic_get(OLD)
    if method is None:
        break
    channel.basic_publish("", NEW, body, properties)
    channel.basic_ack(method.delivery_tag)
for key in KEYS:
    channel.queue_bind(NEW, EXCHANGE, key)
channel.queue_unbind(NEW, SPARE, "")
channel.queue_delete(OLD, if_empty=True)
connection.close()
