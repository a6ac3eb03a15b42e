/// Steps whose results are recorded. Plans that are not made for tracing never come here.
extension Evaluator {
    mutating func traced(_ step: NodeID, _ site: Int32) throws(EvaluationError) -> Value {
        guard let recorder else { return try value(step) }
        recorder.begin()
        do throws(EvaluationError) {
            let result = try value(step)
            explore(step, recorder)
            recorder.end(site, .success(result))
            return result
        } catch {
            if !error.isFinal { explore(step, recorder) }
            recorder.end(site, .failure(error))
            throw error
        }
    }

    /// Evaluates the operands that an operator did not come to, so that they can be shown.
    private mutating func explore(_ step: NodeID, _ recorder: Recorder) {
        guard recorder.isExhaustive else { return }
        let operands: [NodeID]
        switch sealed.plan.nodes[Int(step)] {
        case .binary, .logic, .call, .matches:
            operands = sealed.plan.operands(of: step)
        case .constant, .slot, .local, .bound, .bindings, .select, .presence, .index, .unary,
            .conditional, .list, .map, .comprehension, .optional, .failure, .traced:
            return
        }
        for operand in operands {
            guard case .traced(_, let site) = sealed.plan.nodes[Int(operand)],
                !recorder.hasSeen(site)
            else { continue }
            recorder.explore(&self) { evaluator in _ = try? evaluator.value(operand) }
        }
    }
}
