import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.flowable.common.engine.impl.persistence.StrongUuidGenerator;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.ProcessEngineConfiguration;
import org.flowable.engine.RuntimeService;
import org.flowable.engine.TaskService;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/**
 * Whole lives in an embedded Flowable: for each number read, so many instances are started and their six tasks completed; answers with the seconds.
 *
 * <p>The engine is as it comes (history "audit", no asynchronous executor), with the ids and the pool that its Spring Boot starter brings; ids drawn from
 * the database would need a second connection in the middle of a transaction. The tasks carry nothing: no assignee, no opinion.
 */
public final class Lives {
    private static final int TASKS = 6;

    private final RuntimeService instances;
    private final TaskService tasks;
    private final ExecutorService clients;

    private Lives(ProcessEngine engine, int clients) {
        this.instances = engine.getRuntimeService();
        this.tasks = engine.getTaskService();
        this.clients = Executors.newFixedThreadPool(clients);
    }

    /** Arguments: the database's address, the number of clients, the process. */
    public static void main(String[] arguments) throws Exception {
        int clients = Integer.parseInt(arguments[1]);
        ProcessEngine engine = engine(arguments[0], clients);
        Path process = Path.of(arguments[2]);
        engine.getRepositoryService().createDeployment().addString("six.bpmn20.xml", Files.readString(process)).deploy();
        Lives lives = new Lives(engine, clients);
        System.out.println("ready");
        try (BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = asked.readLine(); line != null; line = asked.readLine()) {
                System.out.println(lives.seconds(Integer.parseInt(line.strip())));
            }
        }
        lives.clients.shutdown();
        engine.close();
    }

    private static ProcessEngine engine(String address, int clients) throws IOException {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(address);
        pool.setMaximumPoolSize(clients);
        ProcessEngineConfiguration configuration = new StandaloneProcessEngineConfiguration();
        configuration.setIdGenerator(new StrongUuidGenerator());
        configuration.setDataSource(new HikariDataSource(pool));
        configuration.setDatabaseSchemaUpdate(ProcessEngineConfiguration.DB_SCHEMA_UPDATE_TRUE);
        return configuration.buildProcessEngine();
    }

    private double seconds(int number) throws Exception {
        long begun = System.nanoTime();
        for (Future<?> life : IntStream.range(0, number).mapToObj(any -> clients.submit(this::live)).toList()) {
            life.get();
        }
        return (System.nanoTime() - begun) / 1e9;
    }

    private void live() {
        String instance = instances.startProcessInstanceByKey("six").getId();
        for (int step = 0; step < TASKS; step++) {
            tasks.complete(tasks.createTaskQuery().processInstanceId(instance).singleResult().getId());
        }
    }
}
