"""A broker as pika, the Python client, sees it.

    pika_smoke.py PORT            one line a check, 'ok' or 'FAIL' in front; the exit code says whether all held
    pika_smoke.py PORT --blocked  connection.blocked and .unblocked, with the alarm in the hands of whoever reads our lines

The broker listens on 127.0.0.1 and knows guest. Whatever is declared is exclusive, or deleted by its check.
"""
import collections
import concurrent.futures
import contextlib
import datetime
import decimal
import logging
import sys
import threading
import traceback
import uuid

import pika
from pika.exceptions import (ChannelClosedByBroker, ConnectionClosedByBroker, NackError, ProbableAccessDeniedError,
                             ProbableAuthenticationError, UnroutableError)

PORT = int(sys.argv[1])
# Only a failing check waits this long.
PATIENCE_S = 10
FRAME_MAX = 131072
CHECKS = []

# What pika would write to stderr about connections that end badly: here they are meant to.
logging.disable(logging.CRITICAL)


def check(sentence):
    return lambda function: CHECKS.append((sentence, function))


@contextlib.contextmanager
def connected(user='guest', password='guest', **options):
    options = {'heartbeat': 0, **options}
    credentials = pika.PlainCredentials(user, password)
    connection = pika.BlockingConnection(pika.ConnectionParameters('127.0.0.1', PORT, credentials=credentials, **options))
    try:
        yield connection
    finally:
        if connection.is_open:
            connection.close()


@contextlib.contextmanager
def opened():
    """A channel with confirms: a publish has been taken in by its queues when it returns."""
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def equal(actual, expected):
    assert actual == expected, f'expected {expected!r}, came {actual!r}'


def raises(kind, action, *args, **options):
    try:
        action(*args, **options)
    except kind as error:
        return error
    raise AssertionError(f'{kind.__name__} did not come')


def closes(code, text, action, *args, **options):
    error = raises(ChannelClosedByBroker, action, *args, **options)
    equal((error.reply_code, error.reply_text), (code, text))


def queue_of(channel, **arguments):
    return channel.queue_declare('', exclusive=True, arguments=arguments).method.queue


def send(channel, queue, *bodies, **properties):
    for body in bodies:
        channel.basic_publish('', queue, body, pika.BasicProperties(**properties))


def count(channel, queue):
    """Ready messages. RabbitMQ's queues answer this before they look at what was published without a confirm, or requeued."""
    return channel.queue_declare(queue, passive=True).method.message_count


def take(channel, queue, number, **options):
    """The next `number` deliveries as (method, properties, body), with a consumer that is cancelled after them."""
    taken = []
    for delivery in channel.consume(queue, inactivity_timeout=PATIENCE_S, **options):
        assert delivery[0] is not None, f'{len(taken)} of {number} messages came from {queue}'
        taken.append(delivery)
        if len(taken) == number:
            channel.cancel()
            return taken


def bodies(channel, queue):
    """All that is there, by basic.get."""
    found = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return found
        found.append(body.decode())


def until(connection, holds):
    """Serves the connection until something has come that makes `holds` true."""
    deadline = datetime.datetime.now() + datetime.timedelta(seconds=PATIENCE_S)
    while not holds():
        assert datetime.datetime.now() < deadline, f'nothing came within {PATIENCE_S} s'
        connection.process_data_events(time_limit=1)


@check('a consumer that hangs in its callback loses its connection to missed heartbeats, and its message to the next one')
def _():
    def hangs(channel, method, properties, body):
        has_it.set()
        assert taken_over.wait(PATIENCE_S), 'the message was not delivered again'

    def consume():
        try:
            with connected(heartbeat=1) as connection:
                channel = connection.channel()
                channel.basic_consume(queue, hangs)
                channel.start_consuming()
        except Exception as error:
            ended.append(error)

    has_it, taken_over, ended = threading.Event(), threading.Event(), []
    with opened() as channel:
        queue = channel.queue_declare(f'hanging-{uuid.uuid4()}').method.queue
        thread = threading.Thread(target=consume)
        thread.start()
        send(channel, queue, 'work')
        assert has_it.wait(PATIENCE_S), 'nothing was delivered'
        method, _, body = take(channel, queue, 1)[0]
        equal((body, method.redelivered), (b'work', True))
        taken_over.set()
        thread.join(PATIENCE_S)
        channel.queue_delete(queue)
    assert ended and isinstance(ended[0], pika.exceptions.AMQPConnectionError), f'the hanging consumer met {ended}'


@check('heartbeats come on a connection where nothing else happens')
def _():
    with connected(heartbeat=1) as connection:
        # The one place behind the public interface: pika tells nobody about heartbeats that come.
        frames = connection._impl.frames_received
        until(connection, lambda: connection._impl.frames_received >= frames + 2)


@check('the server announces what it can')
def _():
    with connected() as connection:
        assert connection.basic_nack_supported
        assert connection.consumer_cancel_notify_supported
        assert connection.exchange_exchange_bindings_supported
        assert connection.publisher_confirms_supported


@check('a queue gets a name, tells its counts, is found again, emptied and deleted')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        assert queue.startswith('amq.gen-'), queue
        send(channel, queue, '1', '2')
        channel.basic_consume(queue, lambda *_: None)
        found = channel.queue_declare(queue, passive=True).method
        equal((found.queue, found.consumer_count), (queue, 1))
        other = queue_of(channel)
        send(channel, other, '1', '2', '3')
        equal(channel.queue_purge(other).method.message_count, 3)
        send(channel, other, '4')
        equal(channel.queue_delete(other).method.message_count, 1)


@check('a mistake ends the channel and leaves the connection: 404, 406, 405, 403')
def _():
    with connected() as connection, opened() as stranger:
        closes(404, "NOT_FOUND - no queue 'absent' in vhost '/'", connection.channel().queue_declare, 'absent', passive=True)
        queue = connection.channel().queue_declare('mistakes', exclusive=True).method.queue
        text = f"inequivalent arg 'auto_delete' for queue '{queue}' in vhost '/': received 'true' but current is 'false'"
        closes(406, f'PRECONDITION_FAILED - {text}', connection.channel().queue_declare, queue,
               auto_delete=True, exclusive=True)
        text = (f"cannot obtain exclusive access to locked queue '{queue}' in vhost '/'. It could be originally declared on "
                'another connection or the exclusive property value does not match that of the original declaration.')
        closes(405, f'RESOURCE_LOCKED - {text}', stranger.queue_declare, queue, passive=True)
        connection.channel().basic_consume(queue, lambda *_: None, exclusive=True)
        text = f"queue '{queue}' in vhost '/' in exclusive use"
        closes(403, f'ACCESS_REFUSED - {text}', connection.channel().basic_consume, queue, lambda *_: None)
        equal(count(connection.channel(), queue), 0)


@check('a wrong password and a vhost that is not there are refused')
def _():
    def log_in(**options):
        with connected(**options):
            pass

    text = 'Login was refused using authentication mechanism PLAIN. For details see the broker logfile.'
    error = raises(ProbableAuthenticationError, log_in, password='wrong')
    assert f'(403) \'ACCESS_REFUSED - {text}\'' in str(error), str(error)
    error = raises((ProbableAccessDeniedError, ConnectionClosedByBroker), log_in, virtual_host='absent')
    assert 'NOT_ALLOWED - vhost absent not found' in str(error), str(error)


@check('a publish is confirmed, and refused by a queue that is full')
def _():
    with opened() as channel:
        queue = queue_of(channel, **{'x-max-length': 1, 'x-overflow': 'reject-publish'})
        send(channel, queue, 'fits', delivery_mode=2)
        error = raises(NackError, send, channel, queue, 'too much')
        equal([message.body for message in error.messages], [])
        equal(bodies(channel, queue), ['fits'])


@check('a mandatory message that no queue wants comes back with 312 before its confirm')
def _():
    with opened() as channel:
        properties = pika.BasicProperties(message_id='m1', headers={'kind': 'lost'})
        error = raises(UnroutableError, channel.basic_publish, 'amq.direct', 'nowhere', 'body', properties, mandatory=True)
        [back] = error.messages
        equal((back.method.reply_code, back.method.reply_text), (312, 'NO_ROUTE'))
        equal((back.method.exchange, back.method.routing_key), ('amq.direct', 'nowhere'))
        equal((back.properties.message_id, back.properties.headers, back.body), ('m1', {'kind': 'lost'}, b'body'))
        channel.basic_publish('amq.direct', 'nowhere', 'not mandatory')


@check('all properties and every kind of header value arrive as they were sent')
def _():
    moment = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    headers = {
        'bool': True, 'small': -7, 'large': 2**40, 'decimal': decimal.Decimal('3.14'), 'text': 'a b ü',
        'bytes': b'\x00\xff', 'none': None, 'moment': moment, 'list': [1, 'two', [True]], 'table': {'in': {'out': 1}},
    }
    sent = {
        'content_type': 'text/plain', 'content_encoding': 'utf-8', 'headers': headers, 'delivery_mode': 2, 'priority': 3,
        'correlation_id': 'c', 'reply_to': 'r', 'expiration': '60000', 'message_id': 'm', 'timestamp': 1700000000,
        'type': 't', 'user_id': 'guest', 'app_id': 'a', 'cluster_id': 'k',
    }
    with opened() as channel:
        queue = queue_of(channel)
        send(channel, queue, 'x', **sent)
        _, properties, _ = channel.basic_get(queue, auto_ack=True)
        came = {name: getattr(properties, name) for name in sent}
        # pika reads a timestamp without its zone, which is UTC.
        came['headers']['moment'] = came['headers']['moment'].replace(tzinfo=datetime.timezone.utc)
        equal(came, sent)


@check('bodies of every size come back whole: none, around a frame, a million octets')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        sizes = [0, 1, FRAME_MAX - 9, FRAME_MAX - 8, FRAME_MAX - 7, 1000000]
        sent = [bytes(i % 251 for i in range(size)) for size in sizes]
        send(channel, queue, *sent)
        came = [body for _, _, body in take(channel, queue, len(sizes))]
        equal([len(body) for body in came], sizes)
        assert came == sent, 'a body was changed on the way'


@check('get tells what is left, and that nothing is')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        send(channel, queue, 'first', 'second')
        method, _, body = channel.basic_get(queue)
        equal((body, method.message_count, method.redelivered, method.exchange, method.routing_key),
              (b'first', 1, False, '', queue))
        channel.basic_ack(method.delivery_tag)
        equal(bodies(channel, queue), ['second'])
        equal(channel.basic_get(queue), (None, None, None))


@check('ack, nack, reject and recover: who gets a message again, marked as redelivered, and where it stands')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        send(channel, queue, 'a', 'b', 'c', 'd', 'e')
        tags = [channel.basic_get(queue)[0].delivery_tag for _ in range(4)]
        channel.basic_ack(tags[0])
        channel.basic_nack(tags[1], requeue=True)
        channel.basic_reject(tags[2], requeue=False)
        came = [channel.basic_get(queue) for _ in range(2)]
        equal([(body, method.redelivered) for method, _, body in came], [(b'b', True), (b'e', False)])
        channel.basic_recover(requeue=True)
        equal(bodies(channel, queue), ['b', 'd', 'e'])


@check('one ack settles all before it')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        send(channel, queue, '1', '2', '3', '4')
        tags = [channel.basic_get(queue)[0].delivery_tag for _ in range(3)]
        channel.basic_ack(tags[1], multiple=True)
        channel.basic_nack(0, multiple=True, requeue=True)
        equal(bodies(channel, queue), ['3', '4'])


@check('a consumer has no more in hand than its prefetch, and gets the next for an ack')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        send(channel, queue, *'12345')
        channel.basic_qos(prefetch_count=2)
        came = []
        channel.basic_consume(queue, lambda channel, method, properties, body: came.append((body, method.delivery_tag)))
        until(channel.connection, lambda: len(came) == 2)
        equal(count(channel, queue), 3)
        channel.basic_ack(came[0][1])
        until(channel.connection, lambda: len(came) == 3)
        equal(count(channel, queue), 2)
        equal([body for body, _ in came], [b'1', b'2', b'3'])


@check('direct, fanout, topic and headers exchanges route each in their way')
def _():
    with opened() as channel:
        def routed(kind, bindings, messages):
            exchange = f'{kind}-{uuid.uuid4()}'
            channel.exchange_declare(exchange, kind, auto_delete=True)
            queues = [queue_of(channel) for _ in bindings]
            for queue, (key, arguments) in zip(queues, bindings):
                channel.queue_bind(queue, exchange, key, arguments)
            for number, (key, headers) in enumerate(messages):
                channel.basic_publish(exchange, key, str(number), pika.BasicProperties(headers=headers))
            return [''.join(bodies(channel, queue)) for queue in queues]

        keys = [(key, None) for key in ('a.b', 'a.b.c', 'a', 'b')]
        equal(routed('direct', [('a', None), ('b', None)], keys), ['2', '3'])
        equal(routed('fanout', [('', None), ('a', None)], keys), ['0123', '0123'])
        equal(routed('topic', [('a.*', None), ('a.#', None), ('*.b.#', None)], keys), ['0', '012', '01'])
        tables = [{'x-match': 'all', 'p': 1, 'q': 'z'}, {'x-match': 'any', 'p': 1, 'q': 'z'}]
        messages = [('', {'p': 1, 'q': 'z'}), ('', {'p': 1}), ('', {'p': '1'}), ('', {'q': 'z', 'r': True})]
        equal(routed('headers', [('', table) for table in tables], messages), ['0', '013'])


@check('an exchange feeds another; what it cannot route goes to its alternate; unbound is unbound')
def _():
    with opened() as channel:
        name = str(uuid.uuid4())
        channel.exchange_declare(f'{name}-rest', 'fanout', auto_delete=True)
        channel.exchange_declare(f'{name}-in', 'topic', arguments={'alternate-exchange': f'{name}-rest'})
        channel.exchange_declare(f'{name}-next', 'direct', auto_delete=True)
        fed, rest = queue_of(channel), queue_of(channel)
        channel.exchange_bind(f'{name}-next', f'{name}-in', 'to.#')
        channel.queue_bind(fed, f'{name}-next', 'to.fed')
        channel.queue_bind(rest, f'{name}-rest')
        channel.basic_publish(f'{name}-in', 'to.fed', 'routed')
        channel.basic_publish(f'{name}-in', 'elsewhere', 'left over')
        equal((bodies(channel, fed), bodies(channel, rest)), (['routed'], ['left over']))
        channel.exchange_unbind(f'{name}-next', f'{name}-in', 'to.#')
        channel.basic_publish(f'{name}-in', 'to.fed', 'unbound')
        equal((bodies(channel, fed), bodies(channel, rest)), ([], ['unbound']))
        channel.exchange_delete(f'{name}-in')


@check('a transaction publishes and acks at its commit, and neither after a rollback')
def _():
    with connected() as connection:
        channel, witness = connection.channel(), connection.channel()
        queue = queue_of(witness)
        channel.tx_select()
        send(channel, queue, 'kept')
        equal(count(witness, queue), 0)
        channel.tx_commit()
        send(channel, queue, 'dropped')
        channel.tx_rollback()
        method, _, body = channel.basic_get(queue)
        equal((body, method.message_count), (b'kept', 0))
        channel.basic_ack(method.delivery_tag)
        channel.tx_rollback()
        channel.close()
        # The close is answered before the message is back in its queue.
        until(connection, lambda: count(witness, queue) == 1)
        equal(bodies(witness, queue), ['kept'])


@check('a request is answered through amq.rabbitmq.reply-to, without a queue')
def _():
    def serve(channel, method, properties, body):
        assert properties.reply_to.startswith('amq.rabbitmq.reply-to.'), properties.reply_to
        send(channel, properties.reply_to, body.upper(), correlation_id=properties.correlation_id)

    with opened() as server, opened() as client:
        requests = server.queue_declare('', auto_delete=True).method.queue
        server.basic_consume(requests, serve, auto_ack=True)
        answers = []
        client.basic_consume('amq.rabbitmq.reply-to', lambda *delivery: answers.append(delivery), auto_ack=True)
        send(client, requests, 'hello', reply_to='amq.rabbitmq.reply-to', correlation_id='7')
        while not answers:
            server.connection.process_data_events(time_limit=0)
            client.connection.process_data_events(time_limit=0.01)
        _, _, properties, body = answers[0]
        equal((properties.correlation_id, body), ('7', b'HELLO'))


@check('rejected and expired messages go to the dead letters with their history')
def _():
    with opened() as channel:
        dead = queue_of(channel)
        to_dead = {'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead}
        queue, brief = queue_of(channel, **to_dead), queue_of(channel, **to_dead, **{'x-message-ttl': 1})
        send(channel, queue, 'rejected')
        method, _, _ = take(channel, queue, 1)[0]
        channel.basic_reject(method.delivery_tag, requeue=False)
        method, properties, body = take(channel, dead, 1)[0]
        [death] = properties.headers['x-death']
        del death['time']
        equal(death, {'count': 1, 'reason': 'rejected', 'queue': queue, 'exchange': '', 'routing-keys': [queue]})
        equal(properties.headers['x-first-death-reason'], 'rejected')
        send(channel, brief, 'expired')
        method, properties, body = take(channel, dead, 1)[0]
        equal((body, properties.headers['x-death'][0]['reason']), (b'expired', 'expired'))


@check('a queue with priorities gives the highest first')
def _():
    with opened() as channel:
        queue = queue_of(channel, **{'x-max-priority': 5})
        for body, priority in [('low', 1), ('none', None), ('high', 5), ('higher', 9)]:
            send(channel, queue, body, priority=priority)
        equal(bodies(channel, queue), ['high', 'higher', 'low', 'none'])


@check('a consumer hears that its queue is gone')
def _():
    with opened() as channel, opened() as other:
        queue = channel.queue_declare('', auto_delete=True).method.queue
        cancelled = []
        channel.add_on_cancel_callback(lambda frame: cancelled.append(frame.method.consumer_tag))
        channel.basic_consume(queue, lambda *_: None, consumer_tag='mine')
        other.queue_delete(queue)
        until(channel.connection, lambda: cancelled)
        equal(cancelled, ['mine'])


@check('of many consumers each gets its share, and all get every message once')
def _():
    with opened() as channel:
        queue = queue_of(channel)
        got = collections.defaultdict(list)
        for tag in 'abcd':
            channel.basic_consume(queue, lambda _, method, __, body: got[method.consumer_tag].append(body), True,
                                  consumer_tag=tag)
        send(channel, queue, *(str(number) for number in range(400)))
        until(channel.connection, lambda: sum(map(len, got.values())) == 400)
        equal({tag: len(share) for tag, share in got.items()}, dict.fromkeys('abcd', 100))
        equal(sorted(int(body) for share in got.values() for body in share), list(range(400)))


def blocked():
    """Says when it wants the alarm on and off, and what the connection hears; a line on stdin says that it is done."""
    def say(line):
        print(line, flush=True)

    with connected() as connection:
        heard = []
        connection.add_on_connection_blocked_callback(lambda _, frame: heard.append(f'blocked: {frame.method.reason}'))
        connection.add_on_connection_unblocked_callback(lambda _, frame: heard.append('unblocked'))
        channel = connection.channel()
        queue = queue_of(channel)
        say('alarm on')
        sys.stdin.readline()
        sent = 0
        while not heard:
            send(channel, queue, 'x')
            sent += 1
            connection.process_data_events(time_limit=0.1)
        say(heard.pop())
        say('alarm off')
        sys.stdin.readline()
        until(connection, lambda: heard)
        say(heard.pop())
        arrived = channel.queue_purge(queue).method.message_count
        say('all arrived' if arrived == sent else f'of {sent} messages {arrived} arrived')


def outcome(function):
    try:
        function()
    except Exception:
        return traceback.format_exc().rstrip()


def main():
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = [(sentence, pool.submit(outcome, function)) for sentence, function in CHECKS]
        for sentence, future in outcomes:
            failure = future.result()
            failed += failure is not None
            print(f'ok   {sentence}' if failure is None else f'FAIL {sentence}\n{failure}', flush=True)
    sys.exit(1 if failed else 0)


if '--blocked' in sys.argv:
    blocked()
else:
    main()
