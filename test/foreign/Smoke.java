// A broker as the Java client sees it: `java -cp amqp-client.jar:slf4j-api.jar Smoke.java PORT` prints one line a check,
// 'ok' or 'FAIL' in front; the exit code says whether all held. The broker listens on 127.0.0.1 and knows guest.
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import com.rabbitmq.client.RpcServer;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.CredentialsProvider;
import com.rabbitmq.client.impl.CredentialsRefreshService;
import com.rabbitmq.client.impl.DefaultCredentialsProvider;
import com.rabbitmq.client.impl.LongStringHelper;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public class Smoke {
    /** Only a failing check waits this long. */
    static final int PATIENCE_S = 10;
    static final ConnectionFactory FACTORY = new ConnectionFactory();
    static final Map<String, Check> CHECKS = new LinkedHashMap<>();

    interface Check {
        void run(Connection connection, Channel channel) throws Exception;
    }

    interface Action {
        void run() throws Exception;
    }

    static void equal(Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) throw new AssertionError("expected " + expected + ", came " + actual);
    }

    static <T> T next(BlockingQueue<T> came, String what) throws InterruptedException {
        T item = came.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (item == null) throw new AssertionError(what + " did not come within " + PATIENCE_S + " s");
        return item;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void publish(Channel channel, String queue, String body) throws Exception {
        channel.basicPublish("", queue, null, bytes(body));
    }

    /** What closes the channel in the given action, as "code text". */
    static String closing(Action action) throws Exception {
        try {
            action.run();
        } catch (Exception error) {
            Throwable cause = error instanceof ShutdownSignalException ? error : error.getCause();
            if (!(cause instanceof ShutdownSignalException)) throw error;
            AMQP.Channel.Close close = (AMQP.Channel.Close) ((ShutdownSignalException) cause).getReason();
            return close.getReplyCode() + " " + close.getReplyText();
        }
        throw new AssertionError("the channel was not closed");
    }

    static {
        CHECKS.put("the server introduces itself, and tunes as RabbitMQ does", (connection, channel) -> {
            Map<?, ?> capabilities = (Map<?, ?>) connection.getServerProperties().get("capabilities");
            for (String name : List.of("publisher_confirms", "basic.nack", "consumer_cancel_notify", "connection.blocked",
                    "exchange_exchange_bindings", "per_consumer_qos", "direct_reply_to", "authentication_failure_close")) {
                equal(name + " " + capabilities.get(name), name + " true");
            }
            equal(List.of(connection.getChannelMax(), connection.getFrameMax(), connection.getHeartbeat()),
                    List.of(2047, 131072, 60));
        });

        CHECKS.put("a thousand messages are confirmed, and consumed in order with acks and prefetch", (connection, channel) -> {
            int number = 1000;
            String queue = channel.queueDeclare().getQueue();
            Channel publisher = connection.createChannel();
            publisher.confirmSelect();
            ConcurrentSkipListSet<Long> open = new ConcurrentSkipListSet<>();
            publisher.addConfirmListener((tag, multiple) -> {
                if (multiple) open.headSet(tag, true).clear();
                else open.remove(tag);
            }, (tag, multiple) -> { });
            for (int i = 0; i < number; i++) {
                open.add(publisher.getNextPublishSeqNo());
                publish(publisher, queue, String.valueOf(i));
            }
            publisher.waitForConfirmsOrDie(PATIENCE_S * 1000L);
            equal(open.size(), 0);
            BlockingQueue<String> came = new LinkedBlockingQueue<>();
            channel.basicQos(10);
            channel.basicConsume(queue, false, (tag, delivery) -> {
                came.add(new String(delivery.getBody(), StandardCharsets.UTF_8));
                channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
            }, tag -> { });
            for (int i = 0; i < number; i++) equal(next(came, "message " + i), String.valueOf(i));
            equal(publisher.messageCount(queue), 0L);
        });

        CHECKS.put("a mandatory message that no queue wants comes back, and is confirmed after that", (connection, channel) -> {
            BlockingQueue<String> came = new LinkedBlockingQueue<>();
            channel.addReturnListener((Return back) ->
                    came.add(back.getReplyCode() + " " + back.getReplyText() + " " + new String(back.getBody())));
            channel.addConfirmListener((tag, multiple) -> came.add("ack " + tag), (tag, multiple) -> came.add("nack " + tag));
            channel.confirmSelect();
            channel.basicPublish("amq.topic", "nowhere", true, null, bytes("lost"));
            equal(List.of(next(came, "the return"), next(came, "the confirm")), List.of("312 NO_ROUTE lost", "ack 1"));
        });

        CHECKS.put("headers of every Java type arrive as they were sent", (connection, channel) -> {
            Map<String, Object> headers = new HashMap<>();
            headers.put("bool", true);
            headers.put("byte", (byte) -1);
            headers.put("short", (short) -2);
            headers.put("int", -3);
            headers.put("long", -4L);
            headers.put("float", 0.5f);
            headers.put("double", 0.1);
            headers.put("decimal", new BigDecimal("1.25"));
            headers.put("date", new Date(1700000000000L));
            headers.put("text", LongStringHelper.asLongString("a b ü"));
            headers.put("none", null);
            headers.put("list", List.of(1, List.of(true), Map.of("in", 2L)));
            headers.put("table", Map.of("in", Map.of("out", 1)));
            byte[] blob = {0, (byte) 0xff, 7};
            headers.put("bytes", blob);
            String queue = channel.queueDeclare().getQueue();
            AMQP.BasicProperties sent = new AMQP.BasicProperties.Builder().headers(headers).contentType("text/plain")
                    .contentEncoding("utf-8").deliveryMode(2).priority(9).correlationId("c").replyTo("r").expiration("60000")
                    .messageId("m").timestamp(new Date(1700000000000L)).type("t").userId("guest").appId("a").clusterId("k")
                    .build();
            channel.basicPublish("", queue, sent, new byte[0]);
            GetResponse got = channel.basicGet(queue, true);
            Map<String, Object> came = new HashMap<>(got.getProps().getHeaders());
            equal(Arrays.toString((byte[]) came.remove("bytes")), Arrays.toString(blob));
            Map<String, Object> expected = new HashMap<>(headers);
            expected.remove("bytes");
            equal(came, expected);
            equal(got.getProps().builder().headers(null).build().toString(), sent.builder().headers(null).build().toString());
        });

        CHECKS.put("RpcClient and RpcServer talk through amq.rabbitmq.reply-to", (connection, channel) -> {
            String requests = channel.queueDeclare().getQueue();
            RpcServer server = new RpcServer(channel, requests) {
                @Override
                public byte[] handleCall(byte[] request, AMQP.BasicProperties properties) {
                    return bytes(new String(request, StandardCharsets.UTF_8).toUpperCase());
                }
            };
            Thread serving = new Thread(() -> {
                try {
                    server.mainloop();
                } catch (Exception end) {
                    // The channel went away under it.
                }
            });
            serving.setDaemon(true);
            serving.start();
            RpcClient client = new RpcClient(new RpcClientParams().channel(connection.createChannel()).exchange("")
                    .routingKey(requests).timeout(PATIENCE_S * 1000));
            for (String word : List.of("one", "two")) equal(client.stringCall(word), word.toUpperCase());
            client.close();
            server.close();
        });

        CHECKS.put("a transaction publishes at its commit and not after a rollback", (connection, channel) -> {
            String queue = channel.queueDeclare().getQueue();
            Channel witness = connection.createChannel();
            channel.txSelect();
            publish(channel, queue, "kept");
            equal(witness.messageCount(queue), 0L);
            channel.txCommit();
            publish(channel, queue, "dropped");
            channel.txRollback();
            GetResponse got = channel.basicGet(queue, true);
            equal(new String(got.getBody()) + " and " + got.getMessageCount(), "kept and 0");
        });

        CHECKS.put("a topic exchange, its binding to another exchange and its alternate route as told", (connection, channel) -> {
            channel.exchangeDeclare("java-rest", "fanout", false, true, null);
            channel.exchangeDeclare("java-in", "topic", false, true, Map.of("alternate-exchange", "java-rest"));
            channel.exchangeDeclare("java-next", "headers", false, true, null);
            String direct = channel.queueDeclare().getQueue();
            String next = channel.queueDeclare().getQueue();
            String rest = channel.queueDeclare().getQueue();
            channel.queueBind(direct, "java-in", "a.*");
            channel.exchangeBind("java-next", "java-in", "#.c");
            channel.queueBind(next, "java-next", "", Map.of("x-match", "any", "k", 1));
            channel.queueBind(rest, "java-rest", "");
            AMQP.BasicProperties k = new AMQP.BasicProperties.Builder().headers(Map.of("k", 1)).build();
            channel.confirmSelect();
            for (String key : List.of("a.b", "a.c", "b.c", "z")) channel.basicPublish("java-in", key, k, bytes(key));
            channel.waitForConfirmsOrDie(PATIENCE_S * 1000L);
            equal(List.of(channel.messageCount(direct), channel.messageCount(next), channel.messageCount(rest)),
                    List.of(2L, 2L, 1L));
        });

        CHECKS.put("a mistake ends the channel with code and text, and leaves the connection", (connection, channel) -> {
            equal(closing(() -> channel.queueDeclarePassive("absent")), "404 NOT_FOUND - no queue 'absent' in vhost '/'");
            equal(closing(() -> connection.createChannel().exchangeDeclare("amq.direct", "fanout")),
                    "406 PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.direct' in vhost '/': "
                            + "received 'fanout' but current is 'direct'");
            equal(connection.isOpen(), true);
        });

        CHECKS.put("a rejected message comes to the dead letters with its history", (connection, channel) -> {
            String dead = channel.queueDeclare().getQueue();
            Map<String, Object> arguments = Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", dead);
            String queue = channel.queueDeclare("", false, true, true, arguments).getQueue();
            publish(channel, queue, "bad");
            channel.basicReject(channel.basicGet(queue, false).getEnvelope().getDeliveryTag(), false);
            BlockingQueue<Map<String, Object>> came = new LinkedBlockingQueue<>();
            channel.basicConsume(dead, true, (tag, delivery) -> came.add(delivery.getProperties().getHeaders()), tag -> { });
            Map<?, ?> death = (Map<?, ?>) ((List<?>) next(came, "the dead letter").get("x-death")).get(0);
            equal(List.of(death.get("count"), death.get("reason").toString(), death.get("queue").toString()),
                    List.of(1L, "rejected", queue));
        });

        CHECKS.put("a consumer hears that its queue is gone", (connection, channel) -> {
            String queue = channel.queueDeclare().getQueue();
            CompletableFuture<String> cancelled = new CompletableFuture<>();
            channel.basicConsume(queue, true, "mine", (tag, delivery) -> { }, cancelled::complete);
            connection.createChannel().queueDelete(queue);
            equal(cancelled.get(PATIENCE_S, TimeUnit.SECONDS), "mine");
        });

        CHECKS.put("a new secret is accepted while the connection is open", (connection, channel) -> {
            ConnectionFactory factory = FACTORY.clone();
            factory.setCredentialsProvider(new DefaultCredentialsProvider("guest", "guest") {
                @Override
                public Duration getTimeBeforeExpiration() {
                    return Duration.ofHours(1);
                }
            });
            CompletableFuture<Callable<Boolean>> update = new CompletableFuture<>();
            factory.setCredentialsRefreshService(new CredentialsRefreshService() {
                @Override
                public String register(CredentialsProvider provider, Callable<Boolean> sendSecret) {
                    update.complete(sendSecret);
                    return "one";
                }

                @Override
                public void unregister(CredentialsProvider provider, String registration) { }

                @Override
                public boolean isApproachingExpiration(Duration left) {
                    return false;
                }
            });
            try (Connection renewed = factory.newConnection()) {
                equal(update.getNow(null).call(), true);
                renewed.createChannel().queueDeclare();
            }
        });

        CHECKS.put("a wrong password is refused by name", (connection, channel) -> {
            ConnectionFactory factory = FACTORY.clone();
            factory.setCredentialsProvider(new DefaultCredentialsProvider("guest", "wrong"));
            try {
                factory.newConnection().close();
            } catch (PossibleAuthenticationFailureException refused) {
                return;
            }
            throw new AssertionError("the wrong password was accepted");
        });
    }

    public static void main(String[] arguments) throws Exception {
        FACTORY.setUri("amqp://guest:guest@127.0.0.1:" + arguments[0] + "/%2F");
        int failed = 0;
        for (Map.Entry<String, Check> check : CHECKS.entrySet()) {
            try (Connection connection = FACTORY.newConnection("java smoke")) {
                check.getValue().run(connection, connection.createChannel());
                System.out.println("ok   " + check.getKey());
            } catch (Throwable failure) {
                failed++;
                System.out.println("FAIL " + check.getKey());
                failure.printStackTrace(System.out);
            }
        }
        System.exit(failed == 0 ? 0 : 1);
    }
}
