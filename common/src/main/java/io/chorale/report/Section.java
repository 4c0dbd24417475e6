package io.chorale.report;

import java.util.function.Consumer;

/**
 * A section of a page. One that draws nothing is left out, with the link to it.
 *
 * @param id by which it is linked to
 * @param body draws what stands below the title
 */
record Section(String id, String title, Consumer<Html> body) {}
