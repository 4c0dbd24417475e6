/** The Spark side and the command line. */
package io.chorale.jobs;
