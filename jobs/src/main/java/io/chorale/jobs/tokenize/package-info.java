/** The job that makes a dataset of a corpus. */
package io.chorale.jobs.tokenize;
