/** Spark applications: their configuration, their executors, and what is shared through them. */
package io.chorale.jobs.spark;
