package localemr.hive;

import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** What {@link Patch} changes in Hive's classes: an instruction, where it stands, and what comes in its place. */
enum Redirect {
    /** Each cast to URLClassLoader becomes a call of {@link Loaders}. */
    CAST(null, null, Opcodes.CHECKCAST, "java/net/URLClassLoader", "") {
        @Override
        void put(MethodVisitor to) {
            call(to, "localemr/hive/Loaders", "asUrlClassLoader", "(Ljava/lang/Object;)Ljava/net/URLClassLoader;");
        }
    },
    /** The pool's call that checks whether a session on Tez is open becomes a call of {@link Sessions}. */
    SESSION(
            "org/apache/hadoop/hive/ql/exec/tez/TezSessionPoolManager",
            null,
            Opcodes.INVOKEVIRTUAL,
            "org/apache/hadoop/hive/ql/exec/tez/TezSessionState",
            "isOpen()Z") {
        @Override
        void put(MethodVisitor to) {
            call(to, "localemr/hive/Sessions", "isOpen", "(Lorg/apache/hadoop/hive/ql/exec/tez/TezSessionState;)Z");
        }
    },
    /** The sleep of the metastore's client before a retry becomes a call of {@link Patience}. */
    SLEEP(
            "org/apache/hadoop/hive/metastore/HiveMetaStoreClient",
            "open",
            Opcodes.INVOKESTATIC,
            "java/lang/Thread",
            "sleep(J)V") {
        @Override
        void put(MethodVisitor to) {
            to.visitVarInsn(Opcodes.ALOAD, 0);
            to.visitFieldInsn(Opcodes.GETFIELD, in, "metastoreUris", "[Ljava/net/URI;");
            call(to, "localemr/hive/Patience", "sleep", "(J[Ljava/net/URI;)V");
        }
    },
    /** The metastore's client reads its settings through {@link Catalogs}. */
    CATALOG(
            "org/apache/hadoop/hive/metastore/HiveMetaStoreClient",
            null,
            Opcodes.INVOKESTATIC,
            "org/apache/hadoop/hive/metastore/conf/MetastoreConf",
            "getVar(Lorg/apache/hadoop/conf/Configuration;Lorg/apache/hadoop/hive/metastore/conf/MetastoreConf$ConfVars;)"
                    + "Ljava/lang/String;") {
        @Override
        void put(MethodVisitor to) {
            String settings = "Lorg/apache/hadoop/hive/metastore/conf/MetastoreConf$ConfVars;";
            String type = "(Lorg/apache/hadoop/conf/Configuration;" + settings + ")Ljava/lang/String;";
            call(to, "localemr/hive/Catalogs", "getVar", type);
        }
    },
    /** A table that the metastore's client has read goes through {@link Catalogs}. */
    TABLE(
            "org/apache/hadoop/hive/metastore/HiveMetaStoreClient",
            "getTable",
            Opcodes.INVOKEVIRTUAL,
            "org/apache/hadoop/hive/metastore/api/GetTableResult",
            "getTable()Lorg/apache/hadoop/hive/metastore/api/Table;") {
        @Override
        void put(MethodVisitor to) {
            String table = "Lorg/apache/hadoop/hive/metastore/api/Table;", conf = "Lorg/apache/hadoop/conf/Configuration;";
            to.visitMethodInsn(Opcodes.INVOKEVIRTUAL, owner, "getTable", "()" + table, false);
            to.visitVarInsn(Opcodes.ALOAD, 0);
            to.visitFieldInsn(Opcodes.GETFIELD, in, "conf", conf);
            call(to, "localemr/hive/Catalogs", "readable", "(" + table + conf + ")" + table);
        }
    },
    /** A pool of threads is given to Jetty as Hadoop's Jetty takes it. */
    THREADS(
            null,
            null,
            Opcodes.INVOKESPECIAL,
            "org/eclipse/jetty/util/thread/ExecutorThreadPool",
            "<init>(Ljava/util/concurrent/ExecutorService;)V") {
        @Override
        void put(MethodVisitor to) {
            String taken = "java/util/concurrent/ThreadPoolExecutor";
            to.visitTypeInsn(Opcodes.CHECKCAST, taken);
            to.visitMethodInsn(Opcodes.INVOKESPECIAL, owner, "<init>", "(L" + taken + ";)V", false);
        }
    };

    final String in;
    final String owner;
    private final String method;
    private final int opcode;
    private final String name;

    /** In the method of the class, null for any, the instruction about the type `owner`; `name`: a call's, with its type. */
    Redirect(String in, String method, int opcode, String owner, String name) {
        this.in = in;
        this.method = method;
        this.opcode = opcode;
        this.owner = owner;
        this.name = name;
    }

    /** Whether this is about the instruction. */
    boolean meets(String inClass, String inMethod, int itsOpcode, String itsOwner, String itsName) {
        return (in == null || in.equals(inClass))
                && (method == null || method.equals(inMethod))
                && opcode == itsOpcode
                && owner.equals(itsOwner)
                && name.equals(itsName);
    }

    /** Writes what comes in the instruction's place. */
    abstract void put(MethodVisitor to);

    private static void call(MethodVisitor to, String owner, String name, String type) {
        to.visitMethodInsn(Opcodes.INVOKESTATIC, owner, name, type, false);
    }
}
