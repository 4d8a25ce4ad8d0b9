@0xabcdefabcdef0003;

struct Before {
  first @0 :Int32;
}

struct A { 
 # doc

 a@0 :Int8;

 #nodoc
 b @1 :Int8; 
 # yes

struct After {
  first @0 :Text;
}
