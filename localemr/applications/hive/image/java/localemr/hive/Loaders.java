package localemr.hive;

import java.net.URL;
import java.net.URLClassLoader;

/**
 * Replaces Hive's casts of class loaders. Hive 3.1 takes every class loader for a URLClassLoader, which the
 * application class loader has not been since Java 9. {@link Patch} puts a call of this in the place of each such cast.
 */
public final class Loaders {
    private Loaders() {}

    /** The loader itself if it is one, else a loader without jars of its own that delegates everything to it. */
    public static URLClassLoader asUrlClassLoader(Object loader) {
        if (loader == null || loader instanceof URLClassLoader) {
            return (URLClassLoader) loader;
        }
        return new URLClassLoader(new URL[0], (ClassLoader) loader);
    }
}
