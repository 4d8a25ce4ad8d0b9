// The work of the Cap'n Proto benchmarks with @tidemark/capnp.

import { MessageBuilder, MessageReader } from "@tidemark/capnp";
import type { Drawing_PointReader } from "./drawing.capnp.js";
import { Drawing, type DrawingBuilder, type DrawingReader } from "./drawing.capnp.js";
import { Letter, type LetterBuilder, type LetterReader } from "./letter.capnp.js";
import type { PersonReader } from "./person.capnp.js";
import { Person, Person_PhoneNumber_Type, type PersonBuilder } from "./person.capnp.js";
import { type LetterRecord, type PersonRecord, pointCount } from "./records.js";
import { weighText } from "./weigh-text.js";

export function buildPerson(person: PersonBuilder, record: PersonRecord): void {
  person.id = record.id;
  person.name = record.name;
  person.email = record.email;
  const phones = person.initPhones(2);
  const phone = phones.get(0);
  phone.number = record.firstNumber;
  phone.type = Person_PhoneNumber_Type.home;
  phones.get(1, phone);
  phone.number = record.secondNumber;
  phone.type = Person_PhoneNumber_Type.work;
  person.age = record.age;
  person.height = record.height;
  const scores = person.initScores(6);
  for (let index = 0; index < 6; index++) scores.set(index, record.scores[index] as number);
  person.employment.setSelfEmployed();
}

export function buildDrawing(drawing: DrawingBuilder, record: number): void {
  drawing.width = record;
  drawing.height = record / 2;
  const shapes = drawing.initShapes(20);
  const shape = shapes.cursor();
  for (let index = 0; index < 20; index++) {
    shapes.get(index, shape);
    shape.kind = ((record + index) % 3) as 0 | 1 | 2;
    shape.visible = index % 2 === 1;
    shape.layer = index;
    const center = shape.initCenter();
    center.x = record + index * 0.5;
    center.y = record - index * 0.25;
    const size = shape.initSize();
    size.x = index * 2;
    size.y = index * 3;
    const color = shape.initColor();
    color.red = (record * 3 + index) & 255;
    color.green = index * 5;
    color.blue = index * 7;
  }
}

export function buildLetter(letter: LetterBuilder, record: LetterRecord): void {
  letter.subject = record.subject;
  letter.sender = record.sender;
  letter.recipient = record.recipient;
  letter.initParagraphs(5).setAll(record.paragraphs);
  letter.sentNumber = record.sent;
}

export function weighPerson(person: PersonReader): number {
  let sum = person.id + person.age + person.height;
  sum += weighText(person.name) + weighText(person.email);
  const { phones } = person;
  for (let index = 0; index < phones.length; index++) {
    const phone = phones.get(index);
    sum += weighText(phone.number) + phone.type;
  }
  const { scores } = person;
  for (let index = 0; index < scores.length; index++) sum += scores.get(index);
  return sum + person.employment.which();
}

function weighPoint(point: Drawing_PointReader): number {
  return point.x + point.y;
}

export function weighDrawing(drawing: DrawingReader): number {
  let sum = drawing.width + drawing.height;
  const { shapes } = drawing;
  const shape = shapes.cursor();
  for (let index = 0; index < shapes.length; index++) {
    shapes.get(index, shape);
    const { color } = shape;
    sum += shape.kind + Number(shape.visible) + shape.layer;
    sum += weighPoint(shape.center) + weighPoint(shape.size);
    sum += color.red + color.green + color.blue + color.alpha;
  }
  return sum;
}

export function weighLetter(letter: LetterReader): number {
  let sum = weighText(letter.subject) + weighText(letter.sender) + letter.sentNumber;
  const { paragraphs } = letter;
  for (let index = 0; index < paragraphs.length; index++) sum += weighText(paragraphs.get(index));
  return sum + weighText(letter.recipient);
}

/** A drawing with a long outline, to be traversed. */
export function outline(): Uint8Array {
  const message = new MessageBuilder();
  const points = message.initRoot(Drawing).initOutline(pointCount);
  const point = points.cursor();
  for (let index = 0; index < pointCount; index++) {
    points.get(index, point);
    point.x = index;
    point.y = index * 0.5;
  }
  return message.toFlat();
}

export function traverse(bytes: Uint8Array): number {
  const limits = { traversalLimitWords: Number.POSITIVE_INFINITY };
  const points = MessageReader.fromFlat(bytes, limits).getRoot(Drawing).outline;
  const point = points.cursor();
  let sum = 0;
  for (let index = 0; index < points.length; index++) {
    points.get(index, point);
    sum += point.x + point.y;
  }
  return sum;
}

export { Drawing, Letter, Person };
