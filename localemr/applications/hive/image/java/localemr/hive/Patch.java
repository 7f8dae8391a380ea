package localemr.hive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
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
 * Makes a jar of Hive fit for Java 17, in the image build: {@code Patch IN.jar OUT.jar REDIRECT,… [CLASSES]}.
 *
 * <p>In Hive's own classes the instructions of these {@link Redirect}s are replaced; files below the folder CLASSES
 * replace those of the same name, or are added. Prints the changed classes; fails when the jar has nothing for one of them.
 */
public final class Patch {
    private final Set<Redirect> redirects;
    private final Map<Redirect, Set<String>> changed = new EnumMap<>(Redirect.class);

    private Patch(Set<Redirect> redirects) {
        this.redirects = redirects;
    }

    public static void main(String[] args) throws IOException {
        Set<Redirect> required = EnumSet.noneOf(Redirect.class);
        Arrays.stream(args[2].split(",")).map(Redirect::valueOf).forEach(required::add);
        Patch patch = new Patch(required);
        patch.copy(args[0], Path.of(args[1]), args.length > 3 ? Path.of(args[3]) : null);
        System.out.println(args[0] + ": " + patch.changed);
        required.removeAll(patch.changed.keySet());
        if (!required.isEmpty()) {
            throw new IOException(args[0] + " has nothing for " + required);
        }
    }

    private void copy(String from, Path to, Path own) throws IOException {
        try (JarFile jar = new JarFile(from);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(to))) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (own != null && Files.isRegularFile(own.resolve(entry.getName()))) {
                    continue;
                }
                try (InputStream in = jar.getInputStream(entry)) {
                    byte[] content = in.readAllBytes();
                    add(out, entry.getName(), ofHive(entry.getName()) ? redirected(content) : content);
                }
            }
            if (own != null) {
                addAll(out, own);
            }
        }
    }

    private static boolean ofHive(String name) {
        return name.endsWith(".class")
                && (name.startsWith("org/apache/hadoop/hive/") || name.startsWith("org/apache/hive/"));
    }

    /** The class with its instructions redirected; the very bytes when there are none. */
    private byte[] redirected(byte[] content) {
        ClassReader reader = new ClassReader(content);
        ClassWriter writer = new ClassWriter(reader, 0);
        Set<Redirect> found = EnumSet.noneOf(Redirect.class);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9, writer) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
                        return new Method(reader.getClassName(), name, next, found);
                    }
                },
                0);
        found.forEach(each -> changed.computeIfAbsent(each, any -> new TreeSet<>()).add(reader.getClassName()));
        return found.isEmpty() ? content : writer.toByteArray();
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
        out.write(content);
        out.closeEntry();
    }

    /** Redirects the instructions of one method. */
    private final class Method extends MethodVisitor {
        private final String inClass;
        private final String inMethod;
        private final Set<Redirect> found;

        Method(String inClass, String inMethod, MethodVisitor next, Set<Redirect> found) {
            super(Opcodes.ASM9, next);
            this.inClass = inClass;
            this.inMethod = inMethod;
            this.found = found;
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            if (!replaced(opcode, type, "")) {
                super.visitTypeInsn(opcode, type);
            }
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String type, boolean isInterface) {
            if (!replaced(opcode, owner, name + type)) {
                super.visitMethodInsn(opcode, owner, name, type, isInterface);
            }
        }

        private boolean replaced(int opcode, String owner, String name) {
            for (Redirect each : redirects) {
                if (each.meets(inClass, inMethod, opcode, owner, name)) {
                    found.add(each);
                    each.put(mv);
                    return true;
                }
            }
            return false;
        }
    }
}
