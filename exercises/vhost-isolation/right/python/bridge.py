import os
import time

import pika

HERE, THERE = os.environ["HERE"], os.environ["THERE"]
IN, OUT = os.environ["IN"], os.environ["OUT"]


def enter(vhost):
    parameters = pika.URLParameters(os.environ["AMQP_URL"])
    parameters.virtual_host = vhost
    channel = pika.BlockingConnection(parameters).channel()
    channel.confirm_delivery()
    return channel


channels = {HERE: enter(HERE), THERE: enter(THERE)}
while True:
    found = False
    for here, there in ((HERE, THERE), (THERE, HERE)):
        method, properties, body = channels[here].basic_get(OUT)
        if method is None:
            continue
        found = True
        crosses = (properties.headers or {}).get("for") == there
        # Returns when the broker has confirmed; raises when it has not, and the program ends.
        channels[there if crosses else here].basic_publish("", IN, body, properties)
        channels[here].basic_ack(method.delivery_tag)
    if not found:
        time.sleep(0.03)
