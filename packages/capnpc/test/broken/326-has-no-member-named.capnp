@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

const x :List(E) = [a,b,E.a]; enum E {a @0;b @1;}

struct After {
  first @0 :Text;
}
