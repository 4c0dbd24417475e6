/**
 * Tables, queries and formats that Spark reads: opened at one snapshot, and copied once to files
 * which all else reads.
 */
package io.chorale.jobs.source;
