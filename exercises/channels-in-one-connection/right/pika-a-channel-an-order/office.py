import json
import os

import pika
from pika.exceptions import ChannelClosedByBroker

OUT = os.environ["OUT"]
ANSWERS = os.environ["ANSWERS"]
KEPT = pika.BasicProperties(delivery_mode=2)


def carry_out(order):
    """Asks on a channel of its own, for a refusal closes it."""
    channel = connection.channel()
    try:
        if "make" in order:
            channel.exchange_declare(order["make"], order["type"], durable=True)
            answer = {"id": order["id"], "code": 200}
        else:
            asked = channel.queue_declare(order["count"], passive=True)
            answer = {"id": order["id"], "code": 200, "messages": asked.method.message_count}
    except ChannelClosedByBroker as refusal:
        return {"id": order["id"], "code": refusal.reply_code}
    channel.close()
    return answer


def on_letter(channel, method, _properties, body):
    channel.basic_publish("", OUT, body, KEPT)
    channel.basic_ack(method.delivery_tag)


def on_order(channel, method, _properties, body):
    answer = carry_out(json.loads(body))
    channel.basic_publish("", ANSWERS, json.dumps(answer).encode(), KEPT)
    channel.basic_ack(method.delivery_tag)


connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
work = connection.channel()
work.basic_consume(os.environ["IN"], on_letter)
work.basic_consume(os.environ["ORDERS"], on_order)
work.start_consuming()
