import json
import os
import time

import pika
from pika.exceptions import AMQPError

OPERATIONS = {"sum": sum, "max": max}


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def reply_to(body):
    try:
        request = json.loads(body)
        operation, values = request["op"], request["values"]
        if operation not in OPERATIONS:
            return {"error": f"there is no operation {operation}"}
        if not all(map(is_number, values)):
            return {"error": "values must be numbers"}
        return {"result": OPERATIONS[operation](values)}
    except (ValueError, LookupError, TypeError) as error:
        return {"error": str(error) or type(error).__name__}


def on_request(channel, method, properties, body):
    if properties.reply_to:
        reply = pika.BasicProperties(correlation_id=properties.correlation_id)
        channel.basic_publish("", properties.reply_to, json.dumps(reply_to(body)), reply)
    channel.basic_ack(method.delivery_tag)


while True:
    try:
        connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
        channel = connection.channel()
        channel.basic_qos(prefetch_count=8)
        channel.basic_consume(os.environ["REQUESTS"], on_request)
        channel.start_consuming()
    except (AMQPError, OSError):
        time.sleep(0.05)
