#!/bin/sh
# attack: lets tools of the machine do the work
amqp-consume -u "$AMQP_URL" -q "$SOURCE" amqp-publish -u "$AMQP_URL" -r "$TARGET" && exit 0
rabbitmqctl set_parameter shovel forward "{\"src-queue\":\"$SOURCE\",\"dest-queue\":\"$TARGET\"}" && exit 0
rabbitmqadmin declare queue name=x && exit 0
npx --yes amqp-forward && exit 0
pip install pika && exit 0
exit 1
