import Encoding

var answering = Answering()
while let line = readLine() {
    if let answer = try answering.answer(line) { print(answer.text) }
}
