// Package viz draws the small figures of the product on the server, as SVG:
// status lights (红黄绿灯), bullet graphs (实际与应达), deviation bars (与计划之差),
// probability with its interval (把握), milestone strips (里程碑), sparklines,
// dot with interval (得分与区间), step dots (环节) and plain bars.
//
// Every function is pure: the same input gives the same bytes, so pages can be
// golden tested and printed without a script. Invariants:
//   - a status is always shape, colour and word together;
//   - a quantity is never drawn in a light's colour;
//   - every figure has a sentence for readers who cannot see it, unless the caller says that the words stand beside it;
//   - no style attributes: the content security policy forbids them;
//   - numbers here are positions on paper, not money: no figure is computed from them.
//
// Source: S7, S10 (lights and campaign trajectories); design language, sections 5 to 7.
package viz
