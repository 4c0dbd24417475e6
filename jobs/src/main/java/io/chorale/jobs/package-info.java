/** The Spark side and the command line: one class per command, and the jobs behind them. */
package io.chorale.jobs;
