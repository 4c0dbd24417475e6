package io.chorale.jobs.source;

import io.chorale.config.DatasetSplit;
import io.chorale.io.WorkDirectory;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/**
 * A copy of a table.
 *
 * @param source its name
 * @param told what was copied, as messages name it
 * @param snapshot the state of it, as a dataset tells it; empty where it keeps none
 * @param state tells apart all that what was copied may be; empty where nobody can say
 * @param places its directories; none of a split that has no rows, as in a sample it may
 * @param work in which they are
 * @param lasting whether another run may find it
 */
record CopiedTable(
    String source,
    String told,
    String snapshot,
    String state,
    Map<DatasetSplit, Path> places,
    WorkDirectory work,
    boolean lasting) {}
