import json
import os
import time

import pika

DONE = os.environ["DONE"]
KEPT = pika.BasicProperties(delivery_mode=2)


def on_job(channel, method, _properties, body):
    job = json.loads(body)
    time.sleep(job["ms"] / 1000)
    channel.basic_publish("", DONE, job["job"].encode(), KEPT)
    channel.basic_ack(method.delivery_tag)


connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
channel = connection.channel()
channel.basic_qos(prefetch_count=int(os.environ["HOLD"]))
channel.basic_consume(os.environ["JOBS"], on_job)
channel.start_consuming()
