import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { NewPost } from './new-post.js';
import { Post } from './post.entity.js';

@Injectable()
export class PostsRepository {
  constructor(@InjectRepository(Post) private readonly posts: Repository<Post>) {}

  add(post: NewPost): Promise<Post> {
    return this.posts.save(this.posts.create(post));
  }

  latest(limit = 50): Promise<Post[]> {
    return this.posts.find({ order: { id: 'DESC' }, take: limit });
  }

  find(id: number): Promise<Post | null> {
    return this.posts.findOneBy({ id });
  }

  /** One statement, so that views which come at the same time are all counted. */
  async addView(id: number): Promise<void> {
    await this.posts.increment({ id }, 'views', 1);
  }

  /** The posts made from the first moment of `from` to the last of `to`, both days in UTC. */
  madeBetween(from: string, to: string): Promise<Post[]> {
    return this.posts
      .createQueryBuilder('post')
      .where(`post.created_at >= CAST(:from AS timestamp) AT TIME ZONE 'UTC'`, { from })
      .andWhere(`post.created_at < (CAST(:to AS timestamp) + interval '1 day') AT TIME ZONE 'UTC'`, { to })
      .orderBy('post.id')
      .getMany();
  }
}
