/** What word vectors need of a cluster: counts, trainers on executors, and their loss. */
package io.chorale.jobs.embed;
