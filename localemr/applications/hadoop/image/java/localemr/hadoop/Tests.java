package localemr.hadoop;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.RMContextImpl;
import org.apache.hadoop.yarn.server.resourcemanager.recovery.MemoryRMStateStore;
import org.apache.hadoop.yarn.server.resourcemanager.security.ProxyCAManager;
import org.apache.hadoop.yarn.server.webproxy.ProxyCA;

/** Tests of what the image build changes in Hadoop's jars; run against these. Any failure ends the build. */
public final class Tests {
    private Tests() {}

    public static void main(String[] args) throws Exception {
        MemoryRMStateStore store = new MemoryRMStateStore();
        store.init(new YarnConfiguration());
        store.start();
        ProxyCA unused = started("NONE", store, false);
        check(unused.getCaCert() == null, "no certificate authority where none is used");
        ProxyCA made = started("STRICT", store, false);
        check(made.getCaCert() != null, "one where application masters are called by HTTPS");
        check(made.createChildKeyStore(null, "password").length > 0, "it signs certificates");
        check(started("STRICT", store, true).getCaCert().equals(made.getCaCert()), "the same after a recovery");
        check(started("NONE", store, true).getCaCert() == null, "none after a recovery where none is used");
        store.stop();
        CodecTests.run();
        System.out.println("Hadoop: tests passed");
    }

    private static ProxyCA started(String policy, MemoryRMStateStore store, boolean recovered) throws Exception {
        Configuration conf = new YarnConfiguration();
        conf.set(YarnConfiguration.RM_APPLICATION_HTTPS_POLICY, policy);
        RMContextImpl context = new RMContextImpl();
        context.setStateStore(store);
        ProxyCAManager manager = new ProxyCAManager(new ProxyCA(), context);
        manager.init(conf);
        if (recovered) {
            manager.recover(store.loadState());
        }
        manager.start();
        return manager.getProxyCA();
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
