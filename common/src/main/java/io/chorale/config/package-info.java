/** Settings: one record per section of the YAML file, with its defaults and checks. */
package io.chorale.config;
