// Package html writes a result as one self-contained HTML file: verdict and
// thresholds first, then the run second by second, its percentiles, each
// fault's story, the ledger, and how to run it again.
//
//	report.Result ──► look ──► view: texts, tables, charts
//	                              │ report.html (html/template escapes)
//	                              ▼
//	            Page: style.css, script.js, a policy that allows nothing else
//
// Everything here is values in, bytes out, and safe for concurrent use.
//
// # Charts
//
// The charts are SVG of our own: a path in the units of the data, stretched by
// the browser to the room there is, with the labels beside it as text. Libraries
// were tried first, with the same 600 points at 760 by 240 pixels:
//
//   - go-analyze/charts v0.5.26, the best looking and in good care: its axis is
//     of categories (labels at 33, 67, 100 …), colours are inlined, so that a
//     dark page gets a white box, and a static binary grows by 2.4 MB;
//   - its part chartdraw, which descends from wcharczuk/go-chart: takes classes
//     in place of colours, but rounds to whole pixels, and each shape needs
//     its stylesheet written against undocumented markup;
//   - gonum.org/v1/plot v0.17.0: fine ticks and scales, but a document of fixed
//     size in points with inlined colours, 7.9 MB more, because all its
//     backends and fonts come along.
//
// All of them put the labels into the drawing, which on a phone of 360 pixels
// shrinks to less than half, and a text of 12 pixels with it; none has shaded
// times, values under the pointer and one stylesheet for light and dark
// together. What is left to do by hand is small: a scale, ticks at 1, 2, 5, and
// a path. (Scales and ticks alone, as aclements/go-moremath has them, step by 1
// and 5 only.)
//
// A line is thinned to the first, least, greatest and last of each of 300
// columns, so that no extreme is lost and the page of an hour takes 230 KB.
package html
