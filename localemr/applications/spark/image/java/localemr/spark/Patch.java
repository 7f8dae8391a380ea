package localemr.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Has the metastore's client read its settings through {@link Catalogs}, and check the tables that it reads there, in the
 * image build: {@code Patch FILE.class}. Fails when the class has neither.
 */
public final class Patch extends ClassVisitor {
    private static final String CONF = "org/apache/hadoop/hive/conf/HiveConf";
    private static final String READ = "(L" + CONF + "$ConfVars;)Ljava/lang/String;";
    private static final String CLIENT = "org/apache/hadoop/hive/metastore/HiveMetaStoreClient";
    private static final String CALLS = "org/apache/hadoop/hive/metastore/api/ThriftHiveMetastore$Iface";
    private static final String TABLE = "Lorg/apache/hadoop/hive/metastore/api/Table;";
    private int found;
    private int tables;

    private Patch(ClassVisitor next) {
        super(Opcodes.ASM9, next);
    }

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        ClassReader reader = new ClassReader(Files.readAllBytes(file));
        ClassWriter writer = new ClassWriter(reader, 0);
        Patch patch = new Patch(writer);
        reader.accept(patch, 0);
        if (patch.found == 0 || patch.tables == 0) {
            throw new IOException(file + " reads no settings or no table");
        }
        Files.write(file, writer.toByteArray());
        System.out.println(reader.getClassName() + ": " + (patch.found + patch.tables) + " calls");
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
        return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, method, descriptor, signature, exceptions)) {
            @Override
            public void visitMethodInsn(int opcode, String owner, String name, String type, boolean isInterface) {
                if (opcode == Opcodes.INVOKEVIRTUAL && owner.equals(CONF) && name.equals("getVar") && type.equals(READ)) {
                    found++;
                    String whole = READ.replace("(", "(L" + CONF + ";");
                    super.visitMethodInsn(Opcodes.INVOKESTATIC, "localemr/spark/Catalogs", name, whole, false);
                } else {
                    super.visitMethodInsn(opcode, owner, name, type, isInterface);
                }
                if (method.equals("getTable") && owner.equals(CALLS) && name.equals("get_table")) {
                    tables++;
                    super.visitVarInsn(Opcodes.ALOAD, 0);
                    super.visitFieldInsn(Opcodes.GETFIELD, CLIENT, "conf", "L" + CONF + ";");
                    String check = "(" + TABLE + "L" + CONF + ";)" + TABLE;
                    super.visitMethodInsn(Opcodes.INVOKESTATIC, "localemr/spark/Catalogs", "readable", check, false);
                }
            }
        };
    }
}
