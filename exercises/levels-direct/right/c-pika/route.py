import json
import os

import pika

LOGS, LEVELS, AUDIT = (os.environ[name] for name in ("LOGS", "LEVELS", "AUDIT"))


def bindings(plan):
    return {(queue, level) for queue, levels in json.loads(plan).items() for level in levels}


wanted = bindings(os.environ["PLAN"])
former = bindings(os.environ["FORMER"])

connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.exchange_declare(LOGS, "fanout", durable=True)
channel.exchange_declare(LEVELS, "direct", durable=True)
for queue in [AUDIT, *json.loads(os.environ["PLAN"])]:
    channel.queue_declare(queue, durable=True)
channel.queue_bind(AUDIT, LOGS)
for queue, level in sorted(wanted - former):
    channel.queue_bind(queue, LEVELS, level)
channel.exchange_bind(destination=LEVELS, source=LOGS)
for queue, level in sorted(former - wanted):
    channel.queue_unbind(queue, LEVELS, level)
connection.close()
