/** What only measures: loops, jobs and averagings, with synthetic data. */
package io.chorale.jobs.bench;
