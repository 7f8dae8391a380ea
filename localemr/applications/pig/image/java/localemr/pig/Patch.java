package localemr.pig;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumMap;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Makes Pig's classes fit for Java 17 and for today's libraries, in the image build: {@code Patch FOLDER}. Fails when one of
 * the changes finds nothing.
 */
public final class Patch extends SimpleFileVisitor<Path> {
    private static final String OPERATOR = "org/apache/pig/backend/hadoop/executionengine/physicalLayer/PhysicalOperator";
    private static final String INPUT = "org/apache/pig/backend/hadoop/executionengine/mapReduceLayer/PigInputFormat";
    private static final String FIELD = "org/apache/avro/Schema$Field";
    private static final String NODE = "Lorg/codehaus/jackson/JsonNode;";
    private static final String MADE = "(Ljava/lang/String;Lorg/apache/avro/Schema;Ljava/lang/String;" + NODE + ")";
    private static final String CALLS = "localemr/pig/Calls";

    /** What is changed. */
    private enum Change {
        /** Operators whose plan is a circle: Java sets the fields of a class only after all, unless a class reads itself. */
        READ,
        /** A method that Guava no longer has. */
        CLOSE,
        /** A constructor and a method that Avro no longer has. */
        AVRO,
        /** A job's working directory, which is in HDFS: S3's file system refuses it. HDFS's own is the same one. */
        WORK
    }

    private final Map<Change, Integer> found = new EnumMap<>(Change.class);

    public static void main(String[] args) throws IOException {
        Patch patch = new Patch();
        Files.walkFileTree(Path.of(args[0]), patch);
        System.out.println(patch.found);
        if (patch.found.size() < Change.values().length) {
            throw new IOException("Pig is another: only " + patch.found + " was found");
        }
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (!file.toString().endsWith(".class")) {
            return FileVisitResult.CONTINUE;
        }
        int before = count();
        ClassReader reader = new ClassReader(Files.readAllBytes(file));
        ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
        reader.accept(new Changed(writer, reader.getClassName()), 0);
        if (count() > before) {
            Files.write(file, writer.toByteArray());
        }
        return FileVisitResult.CONTINUE;
    }

    private int count() {
        return found.values().stream().mapToInt(Integer::intValue).sum();
    }

    private final class Changed extends ClassVisitor {
        private final String name;

        Changed(ClassVisitor next, String name) {
            super(Opcodes.ASM9, next);
            this.name = name;
        }

        @Override
        public MethodVisitor visitMethod(int access, String method, String type, String signature, String[] exceptions) {
            return new Redirected(super.visitMethod(access, method, type, signature, exceptions), name);
        }

        @Override
        public void visitEnd() {
            if (name.equals(OPERATOR)) {
                found.merge(Change.READ, 1, Integer::sum);
                String[] thrown = {"java/io/IOException", "java/lang/ClassNotFoundException"};
                String type = "(Ljava/io/ObjectInputStream;)V";
                MethodVisitor read = super.visitMethod(Opcodes.ACC_PRIVATE, "readObject", type, null, thrown);
                read.visitCode();
                read.visitVarInsn(Opcodes.ALOAD, 1);
                read.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/io/ObjectInputStream", "defaultReadObject", "()V", false);
                read.visitInsn(Opcodes.RETURN);
                read.visitMaxs(0, 0);
                read.visitEnd();
            }
            super.visitEnd();
        }
    }

    private final class Redirected extends MethodVisitor {
        private final String caller;

        Redirected(MethodVisitor next, String caller) {
            super(Opcodes.ASM9, next);
            this.caller = caller;
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String name, String type, boolean isInterface) {
            if (owner.equals("com/google/common/io/Closeables") && type.equals("(Ljava/io/Closeable;)V")) {
                found.merge(Change.CLOSE, 1, Integer::sum);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, CALLS, name, type, false);
            } else if (owner.equals(FIELD) && name.equals("defaultValue")) {
                found.merge(Change.AVRO, 1, Integer::sum);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, CALLS, name, "(L" + FIELD + ";)" + NODE, false);
            } else if (owner.equals(FIELD) && name.equals("<init>") && type.equals(MADE + "V")) {
                found.merge(Change.AVRO, 1, Integer::sum);
                super.visitMethodInsn(Opcodes.INVOKESTATIC, CALLS, "field", MADE + "L" + FIELD + ";", false);
                // Below it lies, twice, the object that the constructor would have got.
                super.visitInsn(Opcodes.DUP_X2);
                super.visitInsn(Opcodes.POP);
                super.visitInsn(Opcodes.POP2);
            } else if (caller.equals(INPUT) && name.equals("setWorkingDirectory")) {
                found.merge(Change.WORK, 1, Integer::sum);
                super.visitInsn(Opcodes.POP2);
            } else {
                super.visitMethodInsn(opcode, owner, name, type, isInterface);
            }
        }
    }
}
