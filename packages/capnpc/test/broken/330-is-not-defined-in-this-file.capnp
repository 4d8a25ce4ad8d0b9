@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const a :S = (); struct S { a @0 :Int8 = .b; b @1 :S = .x; const x :S = (); } const b :Int8 = 1;

struct After {
  first @0 :Text;
}
