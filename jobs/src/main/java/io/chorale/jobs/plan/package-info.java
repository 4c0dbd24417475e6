/** What a training needs, by arithmetic on its settings. */
package io.chorale.jobs.plan;
