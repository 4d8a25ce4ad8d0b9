@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { a @0 :AnyPointer = 1; b @1 :I = null; c @2 :Text = null; d @3 :A = (); e @4 :List(A) = [(), (d=())]; f @5 :Data = null; } interface I{}

struct After {
  first @0 :Text;
}
