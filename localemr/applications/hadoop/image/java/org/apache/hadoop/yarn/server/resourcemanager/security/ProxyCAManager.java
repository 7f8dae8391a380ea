package org.apache.hadoop.yarn.server.resourcemanager.security;

import java.io.IOException;
import java.security.GeneralSecurityException;
import org.apache.hadoop.service.AbstractService;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.recovery.RMStateStore.RMState;
import org.apache.hadoop.yarn.server.resourcemanager.recovery.Recoverable;
import org.apache.hadoop.yarn.server.webproxy.ProxyCA;

/**
 * Replaces Hadoop's class of this name, which makes a certificate authority at each start of a ResourceManager: a
 * second or two of processor time. This one makes it only when application masters are called by HTTPS
 * (yarn.resourcemanager.application-https.policy is not NONE, its default). Otherwise it is unused.
 */
public class ProxyCAManager extends AbstractService implements Recoverable {
    private final ProxyCA authority;
    private final RMContext context;
    private boolean made;

    public ProxyCAManager(ProxyCA authority, RMContext context) {
        super(ProxyCAManager.class.getName());
        this.authority = authority;
        this.context = context;
    }

    @Override
    protected void serviceStart() throws Exception {
        if (isRequired()) {
            if (!made) {
                authority.init();
            }
            made = false;
            context.getStateStore().storeProxyCACert(authority.getCaCert(), authority.getCaKeyPair().getPrivate());
        }
        super.serviceStart();
    }

    @Override
    public void recover(RMState state) throws GeneralSecurityException, IOException {
        if (isRequired()) {
            authority.init(state.getProxyCAState().getCaCert(), state.getProxyCAState().getCaPrivateKey());
            made = true;
        }
    }

    public ProxyCA getProxyCA() {
        return authority;
    }

    private boolean isRequired() {
        String none = YarnConfiguration.DEFAULT_RM_APPLICATION_HTTPS_POLICY;
        return !getConfig().get(YarnConfiguration.RM_APPLICATION_HTTPS_POLICY, none).equals(none);
    }
}
