// Package cockpitweb is the two pages on which the district looks at all its campaigns at once: the leaders' cockpit (驾驶舱) and
// the wall (挂图作战).
//
// Invariants: every progress stands beside what is due by plan (应达), and what units say of themselves beside what was verified;
// a light is given by the published rule and never typed; what has not been reported is 缺报 and neither zero nor
// green; who may not look into other units sees the wall of the last closed month, and only his own unit's row as it is now.
//
// Source: S7; design language §5, §7, §8 (1, 2); domain 16.1.
package cockpitweb
