// What a generated file looks like, written by hand: the classes of person.capnp.

import {
  isNull,
  Orphan,
  readFloat64,
  readText,
  StructBuilder,
  type StructBuilderPlace,
  type StructListBuilder,
  type StructListReader,
  type StructPlace,
  StructReader,
  StructType,
  setList,
  Uint32List,
  type Uint32ListBuilder,
  type Uint32ListReader,
  uint16,
  uint32,
  writeFloat64,
  writeText,
  wrongMember,
} from "@tidemark/capnp/generated";

/** Someone with telephones. */
export class PersonReader extends StructReader {
  constructor(place: StructPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  get id(): number {
    return this.$dataByteLength >= 4 ? this.$view.getUint32(this.$at, true) : 0;
  }

  get name(): string {
    return readText(this.$segment, this.$pointer(0));
  }

  hasName(): boolean {
    return !isNull(this.$segment, this.$pointer(0));
  }

  get email(): string {
    return readText(this.$segment, this.$pointer(1));
  }

  hasEmail(): boolean {
    return !isNull(this.$segment, this.$pointer(1));
  }

  get phones(): StructListReader<Person_PhoneNumberReader> {
    return Person_PhoneNumber.list.read(this.$segment, this.$pointer(2), this.$nesting);
  }

  hasPhones(): boolean {
    return !isNull(this.$segment, this.$pointer(2));
  }

  get age(): number {
    return this.$dataByteLength >= 6 ? this.$view.getUint16(this.$at + 4, true) : 0;
  }

  get height(): number {
    return this.$dataByteLength >= 16 ? readFloat64(this.$view, this.$at + 8, 0, 0x3ffc0000) : 1.75;
  }

  get scores(): Uint32ListReader {
    return Uint32List.read(this.$segment, this.$pointer(3), this.$nesting);
  }

  hasScores(): boolean {
    return !isNull(this.$segment, this.$pointer(3));
  }

  get employment(): Person_EmploymentReader {
    return new Person_EmploymentReader(this);
  }
}

/** Someone with telephones. */
export class PersonBuilder extends StructBuilder {
  constructor(place: StructBuilderPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$segment.view;
    this.$at = place.$at;
    this.$pointersAt = place.$pointersAt;
    this.$pointerCount = place.$pointerCount;
  }

  asReader(): PersonReader {
    return new PersonReader(this.$reading());
  }

  get id(): number {
    return this.$view.getUint32(this.$at, true);
  }

  set id(value: number) {
    this.$view.setUint32(this.$at, uint32(value), true);
  }

  get name(): string {
    return readText(this.$segment, this.$pointersAt);
  }

  set name(value: string) {
    writeText(this.$segment, this.$pointersAt, value);
  }

  hasName(): boolean {
    return !isNull(this.$segment, this.$pointersAt);
  }

  disownName(): Orphan {
    return Orphan.disown(this.$segment, this.$pointersAt);
  }

  adoptName(orphan: Orphan): void {
    orphan.adopt(this.$segment, this.$pointersAt);
  }

  get email(): string {
    return readText(this.$segment, this.$pointersAt + 8);
  }

  set email(value: string) {
    writeText(this.$segment, this.$pointersAt + 8, value);
  }

  hasEmail(): boolean {
    return !isNull(this.$segment, this.$pointersAt + 8);
  }

  get phones(): StructListBuilder<Person_PhoneNumberBuilder> {
    return Person_PhoneNumber.list.build(this.$segment, this.$pointersAt + 16);
  }

  set phones(value:
    | StructListReader<Person_PhoneNumberReader>
    | StructListBuilder<Person_PhoneNumberBuilder>,) {
    setList(this.$segment, this.$pointersAt + 16, value);
  }

  initPhones(length: number): StructListBuilder<Person_PhoneNumberBuilder> {
    return Person_PhoneNumber.list.init(this.$segment, this.$pointersAt + 16, length);
  }

  hasPhones(): boolean {
    return !isNull(this.$segment, this.$pointersAt + 16);
  }

  disownPhones(): Orphan<StructListBuilder<Person_PhoneNumberBuilder>> {
    return Orphan.disown(this.$segment, this.$pointersAt + 16, Person_PhoneNumber.list);
  }

  adoptPhones(orphan: Orphan<StructListBuilder<Person_PhoneNumberBuilder>>): void {
    orphan.adopt(this.$segment, this.$pointersAt + 16);
  }

  get age(): number {
    return this.$view.getUint16(this.$at + 4, true);
  }

  set age(value: number) {
    this.$view.setUint16(this.$at + 4, uint16(value), true);
  }

  get height(): number {
    return readFloat64(this.$view, this.$at + 8, 0, 0x3ffc0000);
  }

  set height(value: number) {
    writeFloat64(this.$view, this.$at + 8, value, 0, 0x3ffc0000);
  }

  get scores(): Uint32ListBuilder {
    return Uint32List.build(this.$segment, this.$pointersAt + 24);
  }

  set scores(value: Uint32ListReader) {
    setList(this.$segment, this.$pointersAt + 24, value);
  }

  initScores(length: number): Uint32ListBuilder {
    return Uint32List.init(this.$segment, this.$pointersAt + 24, length);
  }

  hasScores(): boolean {
    return !isNull(this.$segment, this.$pointersAt + 24);
  }

  get employment(): Person_EmploymentBuilder {
    return new Person_EmploymentBuilder(this);
  }
}

export const Person: StructType<PersonReader, PersonBuilder> = new StructType({
  id: 0x8c9aa53d4dc58019n,
  name: "Person",
  dataByteLength: 16,
  pointerCount: 5,
  Reader: PersonReader,
  Builder: PersonBuilder,
});

export const Person_Employment_Which = {
  unemployed: 0,
  employer: 1,
  school: 2,
  selfEmployed: 3,
} as const;

export type Person_Employment_Which =
  (typeof Person_Employment_Which)[keyof typeof Person_Employment_Which];

export class Person_EmploymentReader extends StructReader {
  constructor(place: StructPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  /** The member that is set. A message of a newer schema may hold another number. */
  which(): Person_Employment_Which {
    const which = this.$dataByteLength >= 8 ? this.$view.getUint16(this.$at + 6, true) : 0;
    return which as Person_Employment_Which;
  }

  get employer(): string {
    if (this.which() !== 1) throw wrongMember("Person.employment", "employer", this.which());
    return readText(this.$segment, this.$pointer(4));
  }

  hasEmployer(): boolean {
    return this.which() === 1 && !isNull(this.$segment, this.$pointer(4));
  }

  get school(): string {
    if (this.which() !== 2) throw wrongMember("Person.employment", "school", this.which());
    return readText(this.$segment, this.$pointer(4));
  }

  hasSchool(): boolean {
    return this.which() === 2 && !isNull(this.$segment, this.$pointer(4));
  }
}

export class Person_EmploymentBuilder extends StructBuilder {
  constructor(place: StructBuilderPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$segment.view;
    this.$at = place.$at;
    this.$pointersAt = place.$pointersAt;
    this.$pointerCount = place.$pointerCount;
  }

  asReader(): Person_EmploymentReader {
    return new Person_EmploymentReader(this.$reading());
  }

  /** The member that is set. A message of a newer schema may hold another number. */
  which(): Person_Employment_Which {
    return this.$view.getUint16(this.$at + 6, true) as Person_Employment_Which;
  }

  setUnemployed(): void {
    this.$view.setUint16(this.$at + 6, 0, true);
  }

  get employer(): string {
    if (this.which() !== 1) throw wrongMember("Person.employment", "employer", this.which());
    return readText(this.$segment, this.$pointersAt + 32);
  }

  set employer(value: string) {
    this.$view.setUint16(this.$at + 6, 1, true);
    writeText(this.$segment, this.$pointersAt + 32, value);
  }

  hasEmployer(): boolean {
    return this.which() === 1 && !isNull(this.$segment, this.$pointersAt + 32);
  }

  get school(): string {
    if (this.which() !== 2) throw wrongMember("Person.employment", "school", this.which());
    return readText(this.$segment, this.$pointersAt + 32);
  }

  set school(value: string) {
    this.$view.setUint16(this.$at + 6, 2, true);
    writeText(this.$segment, this.$pointersAt + 32, value);
  }

  hasSchool(): boolean {
    return this.which() === 2 && !isNull(this.$segment, this.$pointersAt + 32);
  }

  setSelfEmployed(): void {
    this.$view.setUint16(this.$at + 6, 3, true);
  }
}

export const Person_PhoneNumber_Type = { mobile: 0, home: 1, work: 2 } as const;

export type Person_PhoneNumber_Type =
  (typeof Person_PhoneNumber_Type)[keyof typeof Person_PhoneNumber_Type];

export class Person_PhoneNumberReader extends StructReader {
  constructor(place: StructPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$view;
    this.$at = place.$at;
    this.$dataByteLength = place.$dataByteLength;
    this.$pointerCount = place.$pointerCount;
    this.$nesting = place.$nesting;
  }

  get number(): string {
    return readText(this.$segment, this.$pointer(0));
  }

  hasNumber(): boolean {
    return !isNull(this.$segment, this.$pointer(0));
  }

  get type(): Person_PhoneNumber_Type {
    const type = this.$dataByteLength >= 2 ? this.$view.getUint16(this.$at, true) : 0;
    return type as Person_PhoneNumber_Type;
  }
}

export class Person_PhoneNumberBuilder extends StructBuilder {
  constructor(place: StructBuilderPlace) {
    super();
    this.$segment = place.$segment;
    this.$view = place.$segment.view;
    this.$at = place.$at;
    this.$pointersAt = place.$pointersAt;
    this.$pointerCount = place.$pointerCount;
  }

  asReader(): Person_PhoneNumberReader {
    return new Person_PhoneNumberReader(this.$reading());
  }

  get number(): string {
    return readText(this.$segment, this.$pointersAt);
  }

  set number(value: string) {
    writeText(this.$segment, this.$pointersAt, value);
  }

  hasNumber(): boolean {
    return !isNull(this.$segment, this.$pointersAt);
  }

  get type(): Person_PhoneNumber_Type {
    return this.$view.getUint16(this.$at, true) as Person_PhoneNumber_Type;
  }

  set type(value: Person_PhoneNumber_Type) {
    this.$view.setUint16(this.$at, uint16(value), true);
  }
}

export const Person_PhoneNumber: StructType<Person_PhoneNumberReader, Person_PhoneNumberBuilder> =
  new StructType({
    id: 0xbb51f57a414ab45dn,
    name: "Person.PhoneNumber",
    dataByteLength: 8,
    pointerCount: 1,
    Reader: Person_PhoneNumberReader,
    Builder: Person_PhoneNumberBuilder,
  });
