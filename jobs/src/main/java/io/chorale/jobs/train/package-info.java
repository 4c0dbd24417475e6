/** The job that trains: round after round, each with its checkpoint. */
package io.chorale.jobs.train;
