import json
import os

import pika

PLAN = json.loads(os.environ["PLAN"])
FOUND = json.loads(os.environ["FOUND"])


def helper_of(queue):
    return "moved-from-" + queue


def bindings(topology):
    return {(each["source"], each["destination"], each["key"]) for each in topology["bindings"]}


def move(channel, source, target):
    while True:
        method, properties, body = channel.basic_get(source)
        if method is None:
            return
        channel.basic_publish("", target, body, properties)
        channel.basic_ack(method.delivery_tag)
        channel.tx_commit()


connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
mover = connection.channel()
mover.tx_select()

for name, kind in PLAN["exchanges"].items():
    if FOUND["exchanges"].get(name, kind) != kind:
        channel.exchange_delete(name)
    channel.exchange_declare(name, kind, durable=True)

for name, arguments in PLAN["queues"].items():
    helper = helper_of(name)
    if FOUND["queues"].get(name, arguments) != arguments:
        channel.queue_declare(helper, durable=True)
        move(mover, name, helper)
        channel.queue_delete(name)
    elif helper not in FOUND["queues"]:
        continue
    channel.queue_declare(name, durable=True, arguments=arguments)
    move(mover, helper, name)
    channel.queue_delete(helper)

for source, queue, key in bindings(PLAN):
    channel.queue_bind(queue, source, key)
for source, queue, key in bindings(FOUND) - bindings(PLAN):
    channel.queue_unbind(queue, source, key)
connection.close()
