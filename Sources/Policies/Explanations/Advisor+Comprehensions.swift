/// Macros over lists and maps: which element decided, and what of it would have to change.
extension Advisor {
    func comprehension(
        _ comprehension: Plan.Comprehension, _ syntax: Syntax, _ step: Recorder.Step,
        _ wanted: Bool
    ) -> Remedy {
        guard let predicate = comprehension.predicate,
            case .comprehension(let written) = syntax.kind,
            case .traced(_, let site) = plan.nodes[Int(predicate)]
        else { return failure(step, syntax) }
        let range = resolved(written.range)
        if case .failure(let error)? = result(comprehension.range, step.steps) {
            guard error.missing != nil else { return failure(step, syntax) }
            return .change(what: range, must: "be given", present: nil)
        }
        let tries = step.steps.filter { $0.site == site && !$0.isExtra }
        let condition = written.predicate?.text ?? ""
        switch comprehension.kind {
        case .all where wanted, .exists where !wanted:
            // Every element counts, and evaluation ended at the first that does not fit.
            let remedies = tries.enumerated().compactMap { place, element in
                remedy(predicate, [element], wanted: wanted).map {
                    Remedy.within(self.place(place, range, written, element), $0)
                }
            }
            return Remedy.every(remedies) ?? failure(step, syntax)
        case .all, .exists:
            let remedies = tries.enumerated().compactMap { place, element in
                remedy(predicate, [element], wanted: !(comprehension.kind == .all)).map {
                    Remedy.within(self.place(place, range, written, element), $0)
                }
            }
            let what = comprehension.kind == .all ? "for which not: " : "for which "
            guard let nearest = remedies.min(by: { $0.size < $1.size }) else {
                return .change(
                    what: range, must: "have an element \(what)\(condition)", present: nil)
            }
            return nearest
        case .existsOne:
            let count = tries.count {
                if case .success(.bool(true)) = $0.result { true } else { false }
            }
            return .change(
                what: range,
                must: wanted
                    ? "have exactly one element for which \(condition)"
                    : "have none or several elements for which \(condition)",
                present: "\(count)")
        case .map, .filter, .transformMap, .transformMapEntry:
            return failure(step, syntax)
        }
    }

    /// `element 3 of application.peers (p = {…})`.
    private func place(
        _ place: Int, _ range: String, _ written: Syntax.Comprehension, _ element: Recorder.Step
    ) -> String {
        let name = written.secondVariable ?? written.variable
        guard let value = value(of: name, in: element) else {
            return "element \(place) of \(range)"
        }
        return "element \(place) of \(range) (\(name) = \(value.display(maximum: 24)))"
    }

    /// The value of a macro's variable, if a step read it by itself.
    private func value(of name: String, in step: Recorder.Step) -> Value? {
        if case .name(name, isRooted: false) = plan.sites[Int(step.site)].kind,
            case .success(let value) = step.result
        {
            return value
        }
        for inner in step.steps {
            if let value = value(of: name, in: inner) { return value }
        }
        return nil
    }
}
