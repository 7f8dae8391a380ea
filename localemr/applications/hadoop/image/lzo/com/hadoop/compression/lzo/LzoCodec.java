package com.hadoop.compression.lzo;

/** LZO without a header, files that end in .lzo_deflate: hadoop-lzo's name, which EMR's settings have, for aircompressor's codec. */
public class LzoCodec extends io.airlift.compress.lzo.LzoCodec {}
