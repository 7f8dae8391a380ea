package com.hadoop.compression.lzo;

/** LZO files of the command lzop, which end in .lzo: hadoop-lzo's name, which EMR's settings have, for aircompressor's codec. */
public class LzopCodec extends io.airlift.compress.lzo.LzopCodec {}
