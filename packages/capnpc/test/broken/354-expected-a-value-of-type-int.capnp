@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :Int8 = 1.5; b @1 :Float32 = 1; c @2 :E = foo; d @3 :E = 0; e @4 :Void = void; f @5 :Bool = yes; } enum E { a @0; }

struct After {
  first @0 :Text;
}
