// The work of bench/drivers/capnp-ours.ts in C++, with the library that Cap'n
// Proto's authors write: capnp SCHEMA WORK COUNT. Prints a sample as JSON.

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drawing.capnp.h"
#include "letter.capnp.h"
#include "person.capnp.h"

namespace {

constexpr uint32_t kRecords = 64;
constexpr uint32_t kPoints = 10000;

struct PersonRecord {
  uint32_t id;
  std::string name, email, first_number, second_number;
  uint16_t age;
  double height;
  uint32_t scores[6];
};

struct LetterRecord {
  std::string subject, sender, recipient, paragraphs[5];
  int64_t sent;
};

PersonRecord person_record(uint32_t i) {
  PersonRecord record{
      i * 2654435761u,
      std::string("Ada Lovelace") + static_cast<char>('a' + i % 26),
      "ada" + std::to_string(100 + i) + "@mail.com",
      "555-1" + std::to_string(100 + i),
      "555-2" + std::to_string(100 + i),
      static_cast<uint16_t>(20 + i),
      1.5 + i / 100.0,
      {},
  };
  for (uint32_t k = 0; k < 6; k++) record.scores[k] = i * (k + 1);
  return record;
}

std::string words(uint32_t seed, size_t length) {
  std::string text;
  text.reserve(length);
  for (size_t k = 0; k < length; k++) {
    text += k % 7 == 6 ? ' ' : static_cast<char>('a' + (seed + k * k) % 26);
  }
  return text;
}

LetterRecord letter_record(uint32_t i) {
  LetterRecord record{words(i, 80), words(i + 1, 60), words(i + 2, 60), {}, 1700000000000 + i};
  for (uint32_t k = 0; k < 5; k++) record.paragraphs[k] = words(i + k, 500 + 50 * k);
  return record;
}

void build(Person::Builder person, const PersonRecord& record) {
  person.setId(record.id);
  person.setName(record.name);
  person.setEmail(record.email);
  auto phones = person.initPhones(2);
  phones[0].setNumber(record.first_number);
  phones[0].setType(Person::PhoneNumber::Type::HOME);
  phones[1].setNumber(record.second_number);
  phones[1].setType(Person::PhoneNumber::Type::WORK);
  person.setAge(record.age);
  person.setHeight(record.height);
  auto scores = person.initScores(6);
  for (uint32_t k = 0; k < 6; k++) scores.set(k, record.scores[k]);
  person.getEmployment().setSelfEmployed();
}

void build(Drawing::Builder drawing, const uint32_t& i) {
  drawing.setWidth(i);
  drawing.setHeight(i / 2.0);
  auto shapes = drawing.initShapes(20);
  for (uint32_t k = 0; k < 20; k++) {
    auto shape = shapes[k];
    shape.setKind(static_cast<Drawing::Kind>((i + k) % 3));
    shape.setVisible(k % 2 == 1);
    shape.setLayer(k);
    auto center = shape.initCenter();
    center.setX(i + k * 0.5);
    center.setY(i - k * 0.25);
    auto size = shape.initSize();
    size.setX(k * 2);
    size.setY(k * 3);
    auto color = shape.initColor();
    color.setRed((i * 3 + k) & 255);
    color.setGreen(k * 5);
    color.setBlue(k * 7);
  }
}

void build(Letter::Builder letter, const LetterRecord& record) {
  letter.setSubject(record.subject);
  letter.setSender(record.sender);
  letter.setRecipient(record.recipient);
  auto paragraphs = letter.initParagraphs(5);
  for (uint32_t k = 0; k < 5; k++) paragraphs.set(k, record.paragraphs[k]);
  letter.setSent(record.sent);
}

// What a text adds to the sum: it is copied first, as a program would to keep it.
double weigh(capnp::Text::Reader text) {
  std::string copy(text.begin(), text.size());
  return copy.empty() ? 0 : copy.size() + copy.back();
}

double weigh(Person::Reader person) {
  double sum = person.getId() + person.getAge() + person.getHeight();
  sum += weigh(person.getName()) + weigh(person.getEmail());
  for (auto phone : person.getPhones()) {
    sum += weigh(phone.getNumber()) + static_cast<uint16_t>(phone.getType());
  }
  for (auto score : person.getScores()) sum += score;
  return sum + person.getEmployment().which();
}

double weigh(Drawing::Point::Reader point) { return point.getX() + point.getY(); }

double weigh(Drawing::Reader drawing) {
  double sum = drawing.getWidth() + drawing.getHeight();
  for (auto shape : drawing.getShapes()) {
    auto color = shape.getColor();
    sum += static_cast<uint16_t>(shape.getKind()) + shape.getVisible() + shape.getLayer();
    sum += weigh(shape.getCenter()) + weigh(shape.getSize());
    sum += color.getRed() + color.getGreen() + color.getBlue() + color.getAlpha();
  }
  return sum;
}

double weigh(Letter::Reader letter) {
  double sum = weigh(letter.getSubject()) + weigh(letter.getSender()) + letter.getSent();
  for (auto paragraph : letter.getParagraphs()) sum += weigh(paragraph);
  return sum + weigh(letter.getRecipient());
}

using Clock = std::chrono::steady_clock;

// Nanoseconds of one piece of work: the median of several batches, after two for warming up.
template <typename Work>
double measure(uint32_t count, Work work) {
  constexpr uint32_t kBatches = 9;
  uint32_t size = std::max(count / kBatches, 1u);
  std::vector<double> batches;
  for (uint32_t batch = 0; batch < kBatches + 2; batch++) {
    auto start = Clock::now();
    for (uint32_t turn = 0; turn < size; turn++) work(turn);
    auto time = std::chrono::duration<double, std::nano>(Clock::now() - start).count() / size;
    if (batch >= 2) batches.push_back(time);
  }
  std::sort(batches.begin(), batches.end());
  return batches[kBatches / 2];
}

void print(double ns, double checksum) {
  std::printf("{\"metrics\":{\"ns\":%.3f},\"checksum\":%.17g}\n", ns, checksum);
}

uint32_t hash(uint32_t sum, kj::ArrayPtr<const capnp::word> words) {
  for (auto byte : words.asBytes()) sum = (sum ^ byte) * 16777619u;
  return sum;
}

template <typename Root, typename Record>
int run(const std::string& work, uint32_t count, std::function<Record(uint32_t)> make) {
  std::vector<Record> records;
  for (uint32_t i = 0; i < kRecords; i++) records.push_back(make(i));
  std::vector<kj::Array<capnp::word>> messages;
  uint32_t sum = 2166136261u;
  for (auto& record : records) {
    capnp::MallocMessageBuilder message(1024, capnp::AllocationStrategy::GROW_HEURISTICALLY);
    build(message.initRoot<Root>(), record);
    for (auto segment : message.getSegmentsForOutput()) sum = hash(sum, segment);
    messages.push_back(capnp::messageToFlatArray(message));
  }
  volatile size_t used = 0;
  if (work == "build-malloc") {
    print(measure(count, [&](uint32_t turn) {
            capnp::MallocMessageBuilder message;
            build(message.initRoot<Root>(), records[turn % kRecords]);
            used = used + message.getSegmentsForOutput()[0].size();
          }), sum);
    return 0;
  }
  if (work == "build-scratch") {
    auto scratch = kj::heapArray<capnp::word>(4096);
    memset(scratch.begin(), 0, scratch.asBytes().size());
    print(measure(count, [&](uint32_t turn) {
            capnp::MallocMessageBuilder message(scratch);
            build(message.initRoot<Root>(), records[turn % kRecords]);
            used = used + message.getSegmentsForOutput()[0].size();
          }), sum);
    return 0;
  }
  if (work != "read") return 2;
  volatile double total = 0;
  auto read = [&](uint32_t turn) {
    capnp::FlatArrayMessageReader message(messages[turn % kRecords]);
    return weigh(message.getRoot<Root>());
  };
  double checksum = 0;
  for (uint32_t i = 0; i < kRecords; i++) checksum += read(i);
  print(measure(count, [&](uint32_t turn) { total = total + read(turn); }), checksum);
  return 0;
}

int traverse(uint32_t count) {
  capnp::MallocMessageBuilder message;
  auto points = message.initRoot<Drawing>().initOutline(kPoints);
  for (uint32_t k = 0; k < kPoints; k++) {
    points[k].setX(k);
    points[k].setY(k * 0.5);
  }
  auto words = capnp::messageToFlatArray(message);
  double sum = 0;
  double ns = measure(count, [&](uint32_t) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 1ull << 40;
    capnp::FlatArrayMessageReader reader(words, options);
    sum = 0;
    for (auto point : reader.getRoot<Drawing>().getOutline()) sum += weigh(point);
  });
  print(ns / kPoints, sum);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::string schema = argv[1], work = argv[2];
  uint32_t count = std::stoul(argv[3]);
  if (schema == "person") return run<Person, PersonRecord>(work, count, person_record);
  if (schema == "letter") return run<Letter, LetterRecord>(work, count, letter_record);
  if (work == "traverse") return traverse(count);
  return run<Drawing, uint32_t>(work, count, [](uint32_t i) { return i; });
}
