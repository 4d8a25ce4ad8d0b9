@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :A = (a = "x"); struct A(T) { a @0 :T; }

struct After {
  first @0 :Text;
}
