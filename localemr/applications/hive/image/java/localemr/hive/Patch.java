package localemr.hive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Makes a jar of Hive fit for Java 17, in the image build: {@code Patch IN.jar OUT.jar [CLASSES]}.
 *
 * <p>In Hive's own classes each cast to URLClassLoader becomes a call of {@link Loaders}, the pool's question whether a
 * session on Tez is open one of Sessions, a pool of threads is given to Jetty as Hadoop's Jetty takes it, and where the
 * metastore's client sleeps before it tries again it calls Patience; files below the folder CLASSES replace those of the
 * same name, or are added. Says what it did; fails when a jar has nothing to change.
 */
public final class Patch {
    private static final String CAST = "java/net/URLClassLoader";
    private static final String LOADERS = "localemr/hive/Loaders";
    private static final String POOL = "org/apache/hadoop/hive/ql/exec/tez/TezSessionPoolManager";
    private static final String SESSION = "org/apache/hadoop/hive/ql/exec/tez/TezSessionState";
    private static final String SESSIONS = "localemr/hive/Sessions";
    private static final String THREADS = "org/eclipse/jetty/util/thread/ExecutorThreadPool";
    private static final String GIVEN = "(Ljava/util/concurrent/ExecutorService;)V";
    private static final String TAKEN = "java/util/concurrent/ThreadPoolExecutor";
    private static final String CLIENT = "org/apache/hadoop/hive/metastore/HiveMetaStoreClient";
    private static final String URIS = "[Ljava/net/URI;";
    private static final String PATIENCE = "localemr/hive/Patience";

    private Patch() {}

    public static void main(String[] args) throws IOException {
        Path own = args.length > 2 ? Path.of(args[2]) : null;
        Set<String> changed = new TreeSet<>();
        try (JarFile jar = new JarFile(args[0]);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(Path.of(args[1])))) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (own != null && Files.isRegularFile(own.resolve(entry.getName()))) {
                    continue;
                }
                byte[] content;
                try (InputStream in = jar.getInputStream(entry)) {
                    content = in.readAllBytes();
                }
                if (ofHive(entry.getName())) {
                    content = redirected(content, changed);
                }
                add(out, entry.getName(), content);
            }
            if (own != null) {
                addAll(out, own);
            }
        }
        System.out.println(args[0] + ": " + changed);
        if (changed.isEmpty()) {
            throw new IOException(args[0] + " has nothing to change");
        }
    }

    private static boolean ofHive(String name) {
        return name.endsWith(".class")
                && (name.startsWith("org/apache/hadoop/hive/") || name.startsWith("org/apache/hive/"));
    }

    /** The class with its casts redirected, or as it is when it has none. */
    private static byte[] redirected(byte[] content, Set<String> changed) {
        ClassReader reader = new ClassReader(content);
        ClassWriter writer = new ClassWriter(reader, 0);
        boolean pool = reader.getClassName().equals(POOL);
        boolean client = reader.getClassName().equals(CLIENT);
        boolean[] found = new boolean[1];
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
                        return new MethodVisitor(Opcodes.ASM9, next) {
                            @Override
                            public void visitTypeInsn(int opcode, String type) {
                                if (opcode == Opcodes.CHECKCAST && type.equals(CAST)) {
                                    found[0] = true;
                                    String call = "(Ljava/lang/Object;)L" + CAST + ";";
                                    super.visitMethodInsn(Opcodes.INVOKESTATIC, LOADERS, "asUrlClassLoader", call, false);
                                } else {
                                    super.visitTypeInsn(opcode, type);
                                }
                            }

                            @Override
                            public void visitMethodInsn(int opcode, String owner, String of, String type, boolean face) {
                                if (pool && owner.equals(SESSION) && of.equals("isOpen")) {
                                    found[0] = true;
                                    String call = "(L" + SESSION + ";)Z";
                                    super.visitMethodInsn(Opcodes.INVOKESTATIC, SESSIONS, "isOpen", call, false);
                                } else if (client && name.equals("open") && of.equals("sleep")) {
                                    found[0] = true;
                                    super.visitVarInsn(Opcodes.ALOAD, 0);
                                    super.visitFieldInsn(Opcodes.GETFIELD, CLIENT, "metastoreUris", URIS);
                                    String call = "(J" + URIS + ")V";
                                    super.visitMethodInsn(Opcodes.INVOKESTATIC, PATIENCE, "sleep", call, false);
                                } else if (owner.equals(THREADS) && of.equals("<init>") && type.equals(GIVEN)) {
                                    found[0] = true;
                                    super.visitTypeInsn(Opcodes.CHECKCAST, TAKEN);
                                    super.visitMethodInsn(opcode, owner, of, "(L" + TAKEN + ";)V", face);
                                } else {
                                    super.visitMethodInsn(opcode, owner, of, type, face);
                                }
                            }
                        };
                    }
                },
                0);
        if (!found[0]) {
            return content;
        }
        changed.add(reader.getClassName());
        return writer.toByteArray();
    }

    private static void addAll(JarOutputStream out, Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
                add(out, folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
    }

    private static void add(JarOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new JarEntry(name));
        ((OutputStream) out).write(content);
        out.closeEntry();
    }
}
