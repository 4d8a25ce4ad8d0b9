# The person records of the tests and the benchmark.
@0xbf5147cbbecf40c1;

struct Person {
  # Someone with telephones.
  id @0 :UInt32;
  name @1 :Text;
  email @2 :Text;
  phones @3 :List(PhoneNumber);
  age @4 :UInt16;
  height @5 :Float64 = 1.75;
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
