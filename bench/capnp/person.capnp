# One person with two telephones: the record of docs/performance.md, 192 bytes.
@0xd1ae6ab7a4f8e2c5;

struct Person {
  id @0 :UInt32;
  name @1 :Text;
  email @2 :Text;
  phones @3 :List(PhoneNumber);
  age @4 :UInt16;
  height @5 :Float64;
  scores @6 :List(UInt32);

  employment :union {
    unemployed @7 :Void;
    employer @8 :Text;
    school @9 :Text;
    selfEmployed @10 :Void;
  }

  struct PhoneNumber {
    number @0 :Text;
    type @1 :Type;

    enum Type {
      mobile @0;
      home @1;
      work @2;
    }
  }
}
