/// Bounds on everything this target takes from a stranger, named with their unit.
enum Limits {}
