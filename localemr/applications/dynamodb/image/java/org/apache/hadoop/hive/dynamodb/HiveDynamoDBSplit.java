package org.apache.hadoop.hive.dynamodb;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.dynamodb.filter.DynamoDBQueryFilter;
import org.apache.hadoop.dynamodb.split.DynamoDBSplit;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapred.FileSplit;

/** Segments of a scan, as a part of the table's folder: Hive finds the table of a split by its path. */
public class HiveDynamoDBSplit extends FileSplit implements DynamoDBSplit {
    private long items;
    private int id;
    private int total;
    private List<Integer> segments = new ArrayList<>();
    private DynamoDBQueryFilter filter;

    /** For readFields. */
    public HiveDynamoDBSplit() {
        super(new Path("none"), 0, 0, new String[0]);
    }

    HiveDynamoDBSplit(Path path, long items, int id, List<Integer> segments, int total, long length) {
        super(path, 0, length, new String[0]);
        this.items = items;
        this.id = id;
        this.segments = segments;
        this.total = total;
    }

    @Override
    public void write(DataOutput out) throws IOException {
        super.write(out);
        out.writeLong(items);
        out.writeInt(id);
        out.writeInt(total);
        out.writeInt(segments.size());
        for (int each : segments) out.writeInt(each);
    }

    @Override
    public void readFields(DataInput in) throws IOException {
        super.readFields(in);
        items = in.readLong();
        id = in.readInt();
        total = in.readInt();
        segments = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) segments.add(in.readInt());
    }

    @Override
    public long getApproxItemCount() {
        return items;
    }

    @Override
    public int getSplitId() {
        return id;
    }

    @Override
    public List<Integer> getSegments() {
        return segments;
    }

    @Override
    public int getTotalSegments() {
        return total;
    }

    @Override
    public DynamoDBQueryFilter getFilterPushdown() {
        return filter;
    }

    @Override
    public void setDynamoDBFilterPushdown(DynamoDBQueryFilter filter) {
        this.filter = filter;
    }
}
