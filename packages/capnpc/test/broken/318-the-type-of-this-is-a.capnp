@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A(T) { a @0 :T = "x"; b @1 :List(T) = ["x"]; }

struct After {
  first @0 :Text;
}
