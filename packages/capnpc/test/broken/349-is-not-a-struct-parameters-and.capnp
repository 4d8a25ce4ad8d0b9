@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

interface I { a @0 T -> I; b @1 [U] U -> U; c @2 (a :T, a :T); d @3 (A :Int8, b_c :Int8) -> (x :Foo); e @4 List(T) -> Int8;} struct T {} 

struct After {
  first @0 :Text;
}
